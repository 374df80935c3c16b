/** Firewalls of others, over HTTP. */
import { listNeighbours, setNeighbour } from '../../app/neighbours.ts'
import { changeView, type Handlers } from '../handler.ts'

export const neighbourHandlers = {
  listNeighbours: ({ app }) => listNeighbours(app),
  setNeighbour: ({ app, params, body, request }) =>
    changeView(setNeighbour(app, params.name, body.leave, request)),
} satisfies Handlers<'listNeighbours' | 'setNeighbour'>
