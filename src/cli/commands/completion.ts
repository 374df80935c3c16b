/** weft completion: prints what a shell needs to complete weft's words */
import { declareCommand } from '../declare.ts'
import { WeftError } from '../../core/errors.ts'

const BASH = `# weft completion bash
_weft() {
  local word files='' IFS=$'\\n'
  COMPREPLY=()
  while read -r word; do
    if [ "$word" = :files ]; then files=1; else COMPREPLY+=("$word"); fi
  done < <(weft __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ -n "$files" ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -F _weft weft
`

const ZSH = `#compdef weft
# weft completion zsh
_weft() {
  local -a found
  found=("\${(@f)$(weft __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( \${found[(I):files]} )); then
    found=(\${found:#:files})
    _files
  fi
  found=(\${found:#})
  (( \${#found} )) && compadd -a found
}
compdef _weft weft
`

const FISH = `# weft completion fish
function __weft_complete
    set -l words (commandline -opc) (commandline -ct)
    for word in (weft __complete $words[2..-1] 2>/dev/null)
        if test "$word" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $word
        end
    end
end
complete -c weft -f -a '(__weft_complete)'
`

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH }

export const command = declareCommand(
  {
    words: 'completion',
    summary: 'print the completion of a shell: bash, zsh or fish',
    arguments: [{ name: 'SHELL', summary: 'bash, zsh or fish' }],
    flags: {},
    examples: [
      ['source <(weft completion bash)', 'for this shell'],
      ['weft completion fish > ~/.config/fish/completions/weft.fish', 'for every fish'],
    ],
    changes: false,
  },
  ({ arguments: { SHELL: shell } }, door) => {
    const script = SCRIPTS[shell]
    if (script === undefined)
      throw new WeftError('invalid-argument', `weft knows no completion for '${shell}'`, {
        hint: 'bash, zsh or fish',
      })
    door.show({ shell, script }, script)
    return Promise.resolve(undefined)
  },
)
