/** A request's parts, read within limits and checked against the contract; everything wrong is one refusal with every problem. */
import type { IncomingMessage } from 'node:http'
import { shapeProblems } from '../api/check-shape.ts'
import type { RouteContract } from '../api/route-kinds.ts'
import type { Schema } from '../api/shape.ts'
import { WeftError } from '../core/errors.ts'
import type { Problem } from '../core/errors.ts'

/** A definition of a thousand reservations has a tenth of it. */
export const BODY_LIMIT = 1024 * 1024

export interface CheckedRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

export async function checkRequest(
  contract: RouteContract,
  request: IncomingMessage,
  params: Readonly<Record<string, string>>,
  search: string,
): Promise<CheckedRequest> {
  const words = Object.fromEntries(new URLSearchParams(search))
  const query = Object.fromEntries(
    Object.entries(words).map(([name, text]) => [name, fromText(contract.query[name], text)]),
  )
  const text = takesBytes(contract) ? '' : await readBody(request)
  const body = contract.body === undefined ? undefined : parseJson(text)
  const problems: Problem[] = [
    ...shapeProblems({ type: 'object', properties: contract.params }, params),
    ...shapeProblems({ type: 'object', properties: contract.query }, query),
    ...(contract.body === undefined ? [] : shapeProblems(contract.body, body)),
  ].map(({ path, message }) => ({ path: path === '' ? 'the body' : path, message }))
  if (problems.length > 0)
    throw new WeftError('invalid-argument', 'the request is not acceptable', {
      problems,
      hint: 'GET /v1/openapi.json says what is',
    })
  return { params, query, body }
}

/** They are for its handler to read. */
export const takesBytes = ({ reply }: RouteContract): boolean =>
  reply === 'upload' || reply === 'guest-upload'

/** Text of the URL → the value the schema describes; what does not fit stays text, for the check to refuse. */
function fromText(schema: Schema | undefined, text: string): unknown {
  if (schema?.type === 'boolean')
    return text === 'true' || text === '' ? true : text === 'false' ? false : text
  if (schema?.type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text
  return text
}

/** Not with `for await`: leaving its loop would close the connection before the refusal is sent. */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= BODY_LIMIT) chunks.push(chunk)
      else reject(new WeftError('invalid-argument', `the body is larger than ${String(BODY_LIMIT)} bytes`))
    })
    request.on('end', () => {
      resolve(Buffer.concat(chunks).toString('utf8'))
    })
    request.on('error', () => {
      reject(new WeftError('invalid-argument', 'the request was cut off'))
    })
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new WeftError('invalid-argument', 'the body is not JSON', {
      details: [['it said', (cause as Error).message]],
      cause,
    })
  }
}
