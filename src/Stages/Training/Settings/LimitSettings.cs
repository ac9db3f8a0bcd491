// Limits that turn a leak, a standstill or too little memory into an error.
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Planning;

namespace XClassFlow.Stages.Training;

/// <summary>Limits.</summary>
/// <param name="KeptTensors">Tensors one stage may keep beyond a call before it counts as leaking.</param>
/// <param name="Stall">How long nothing may happen in the whole graph.</param>
/// <param name="Memory">Memory that a process may plan to use; 0: what the machine has free.</param>
public sealed record LimitSettings(int KeptTensors = 20_000, TimeSpan Stall = default, ByteSize Memory = default)
{
    public TimeSpan Stall { get; init; } = Stall == default ? TimeSpan.FromMinutes(10) : Stall;

    /// <summary>Bytes that a process may plan to use.</summary>
    internal long AvailableBytes => Memory.Bytes > 0 ? Memory.Bytes : AvailableMemory.Bytes();

    public void Validate(string path)
    {
        SettingsCheck.Require(KeptTensors >= 1, path, "kept-tensors", KeptTensors, "write at least 1; 20000 is a good value");
        SettingsCheck.Require(Stall > TimeSpan.Zero, path, "stall", Stall, "write a time above 0, such as 10m");
    }
}
