// Limits that turn a leak or a standstill into an error.
namespace XClassFlow.Stages.Training;

/// <summary>Limits.</summary>
/// <param name="KeptTensors">Tensors one stage may keep beyond a call before it counts as leaking.</param>
/// <param name="Stall">How long nothing may happen in the whole graph.</param>
public sealed record LimitSettings(int KeptTensors = 20_000, TimeSpan Stall = default)
{
    public TimeSpan Stall { get; init; } = Stall == default ? TimeSpan.FromMinutes(10) : Stall;
}
