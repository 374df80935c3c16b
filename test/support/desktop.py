"""Looks at virt-manager, and presses what it shows, by the desktop's accessibility bus: `desktop.py SCRIPT ARGUMENT...`."""
import subprocess, sys, time
import gi
gi.require_version('Atspi', '2.0')
gi.require_version('Gdk', '3.0')
from gi.repository import Atspi

LIMIT_S = 240


def wait(condition, what):
    """The first true answer. Never for a time."""
    end = time.time() + LIMIT_S
    while time.time() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.1)
    raise SystemExit(f'no {what} within {LIMIT_S} s. There are:\n' + '\n'.join(describe()))


def below(node):
    """All that can be seen of it, itself first. What goes away meanwhile is left out."""
    try:
        yield node
        children = [node.get_child_at_index(i) for i in range(node.get_child_count())]
    except gi.repository.GLib.Error:
        return
    for child in children:
        if child is not None:
            yield from below(child)


def everything():
    desktop = Atspi.get_desktop(0)
    desktop.clear_cache()
    return below(desktop)


def describe():
    lines = []
    for node in everything():
        try:
            if node.get_name():
                lines.append(f'{node.get_role_name()}: {node.get_name()!r}')
        except gi.repository.GLib.Error:
            pass
    return lines


def is_shown(node):
    return node.get_state_set().contains(Atspi.StateType.SHOWING)


def find(role, name, within=None):
    """The one of that role whose name has the text in it."""
    def look():
        for node in everything() if within is None else below(within):
            try:
                if node.get_role_name() == role and name in (node.get_name() or '') and is_shown(node):
                    return node
            except gi.repository.GLib.Error:
                pass
    return wait(look, f'{role} {name!r}')


def press(role, name, within=None):
    find(role, name, within).do_action(0)


def choose(cell):
    """The row of a table that the cell is in."""
    row = cell if cell.get_parent().get_role_name().endswith('table') else cell.get_parent()
    row.get_parent().select_child(row.get_index_in_parent())


def is_sensitive(node):
    return node.get_state_set().contains(Atspi.StateType.SENSITIVE)


def pixels():
    """What the X server shows."""
    window = Gdk.get_default_root_window()
    return Gdk.pixbuf_get_from_window(window, 0, 0, window.get_width(), window.get_height())


def screenshot(path):
    pixels().savev(path, 'png', [], [])


def bright_pixels(node):
    """How many of those that it takes up are nearer to white than to black."""
    place = node.get_extents(Atspi.CoordType.SCREEN)
    screen = pixels()
    data, stride, channels = screen.get_pixels(), screen.get_rowstride(), screen.get_n_channels()
    rows = range(max(0, place.y), min(place.y + place.height, screen.get_height()))
    columns = range(max(0, place.x), min(place.x + place.width, screen.get_width()))
    return sum(data[row * stride + column * channels] > 127 for row in rows for column in columns)


programs = []


def start(*argv):
    programs.append(subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def has_display():
    # By another program, as the library asks for the display once, when it is loaded.
    see = "import gi; gi.require_version('Gdk', '3.0'); from gi.repository import Gdk; exit(Gdk.Display.get_default() is None)"
    return subprocess.run(['python3', '-c', see]).returncode == 0


start('Xvfb', ':9', '-screen', '0', '1024x768x24', '-nolisten', 'tcp')
try:
    wait(has_display, 'display')
    from gi.repository import Gdk
    exec(compile(open(sys.argv[1]).read(), sys.argv[1], 'exec'))
finally:
    for program in reversed(programs):
        program.terminate()
