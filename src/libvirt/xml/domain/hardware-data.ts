/** What a machine is made of, as the strings of libvirt's elements. */
import type { VmSpec } from '../../../core/vm/spec.ts'
import { given } from '../given.ts'
import { cpuData } from './cpu-model.ts'
import type { CpuData, DevicesData, DomainData } from './domain-element.ts'

/** `<maxMemory>` is not written: libvirt has it only with NUMA nodes. `bootMiB`: what a machine that runs has begun with. */
export function sizesData(
  { cpus, maxCpus, memoryMiB, maxMemoryMiB = memoryMiB }: VmSpec,
  bootMiB = memoryMiB,
): Pick<DomainData, 'memory' | 'currentMemory' | 'vcpu'> {
  return {
    memory: inKiB(Math.max(maxMemoryMiB, bootMiB)),
    currentMemory: inKiB(memoryMiB),
    vcpu: maxCpus === undefined ? { text: String(cpus) } : { current: String(cpus), text: String(maxCpus) },
  }
}

const inKiB = (mebibytes: number): { unit: string; text: string } => ({
  unit: 'KiB',
  text: String(mebibytes * 1024),
})

export function processorsData({ cpuModel, topology }: VmSpec): CpuData | undefined {
  const model = cpuData(cpuModel)
  if (topology === undefined) return model
  const { sockets, cores, threads } = topology
  return {
    ...model,
    topology: { sockets: String(sockets), cores: String(cores), threads: String(threads) },
  }
}

/** `screen`: the socket of a machine that runs. */
export function hardwareData(
  { tpm, display }: VmSpec,
  screen: string | undefined,
): Pick<DevicesData, 'tpm' | 'graphics'> {
  return given({
    tpm: tpm === true ? { model: 'tpm-crb', backend: { type: 'emulator', version: '2.0' } } : undefined,
    graphics:
      display === undefined
        ? undefined
        : { type: display.kind, listen: [{ type: 'socket', ...given({ socket: screen }) }] },
  })
}
