/** What goes wrong before a call reaches anybody: told in libvirt's own codes and words. */
import type { RemoteError } from './types.ts'

/** virErrorNumber, as far as the wire itself needs it. */
const OPERATION_DENIED = 29
const RPC = 39
const ARGUMENT_UNSUPPORTED = 74
/** virErrorDomain. */
const FROM_RPC = 7
const LEVEL_ERROR = 2

/** As stock libvirtd fills it in: the generic text of a code, and the detail put into it. */
export function failureOf(code: number, domain: number, format: string, detail: string): RemoteError {
  return {
    code,
    domain,
    message: format.replace('%s', () => detail),
    level: LEVEL_ERROR,
    dom: null,
    str1: format,
    str2: detail,
    str3: null,
    int1: -1,
    int2: -1,
    net: null,
  }
}

const REASON = Symbol('why it is refused')

function refusal(error: RemoteError): Error {
  return Object.assign(new Error(error.message ?? ''), { [REASON]: error })
}

/** Clients take a message that begins with `unknown procedure` for a call that is not supported. */
export const rpcFailure = (message: string): Error => refusal(failureOf(RPC, FROM_RPC, '%s', message))

export const forbidden = (api: string): Error =>
  refusal(
    failureOf(OPERATION_DENIED, FROM_RPC, 'operation forbidden: %s', `read only access prevents ${api}`),
  )

/** Node reads the bytes that descriptors come with, and the kernel closes what nobody has taken. */
export const noDescriptors = (): Error =>
  refusal(
    failureOf(
      ARGUMENT_UNSUPPORTED,
      FROM_RPC,
      'argument unsupported: %s',
      'descriptors of clients are not taken',
    ),
  )

/** Undefined for what has gone wrong further in. */
export function remoteFailure(error: unknown): RemoteError | undefined {
  return error instanceof Error ? (error as { [REASON]?: RemoteError })[REASON] : undefined
}
