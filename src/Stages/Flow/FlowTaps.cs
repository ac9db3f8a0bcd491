// The observers of a run, as a stage's runner tells them.
namespace XClassFlow.Stages.Flow;

/// <summary>Tells all taps, in their order.</summary>
/// <param name="taps">The taps.</param>
/// <param name="address">The instance they are told of.</param>
internal sealed class FlowTaps(IReadOnlyList<IFlowTap> taps, StageAddress address)
{
    private readonly IFlowTap[] _taps = [.. taps];

    public void Sent(string outlet, int destination, Message message)
    {
        foreach (var tap in _taps)
        {
            tap.Sent(address, outlet, destination, message);
        }
    }

    public void Called(StageCall call, string? inlet, Message? message)
    {
        foreach (var tap in _taps)
        {
            tap.Called(address, call, inlet, message);
        }
    }

    public void Returned(StageCall call, string? inlet, Message? message)
    {
        foreach (var tap in _taps)
        {
            tap.Returned(address, call, inlet, message);
        }
    }
}
