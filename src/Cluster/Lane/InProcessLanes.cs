// The data plane within one process: for tests, and for several nodes in one process.
using XClassFlow.Cluster.Lane.InProcess;

namespace XClassFlow.Cluster.Lane;

/// <summary>
/// Where the endpoints of one process meet. Lanes keep the guarantees of the network's: parcels are copied, checked against the limits, arrive in the order of a stream, and a node that
/// closes its lane is reported as broken after the same time. Thread-safe.
/// </summary>
/// <param name="settings">Limits, connect-timeout and reconnect-timeout; the rest has no meaning here.</param>
public sealed class InProcessLanes(LaneSettings? settings = null)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, InProcessLane> _lanes = [];
    private TaskCompletionSource _changed = NewChange();
    private int _endpoints;

    internal LaneSettings Settings { get; } = settings ?? new LaneSettings();

    /// <summary>A new node's end.</summary>
    public ILaneEndpoint CreateEndpoint() => new InProcessEndpoint(this, $"in-process:{Interlocked.Increment(ref _endpoints)}");

    /// <summary>The lane that is open at an address, if one is, and what completes when any opens or closes.</summary>
    internal (InProcessLane? Lane, Task Changed) Find(string address)
    {
        lock (_gate)
        {
            return (_lanes.GetValueOrDefault(address), _changed.Task);
        }
    }

    internal void Set(string address, InProcessLane? lane)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (lane is null)
            {
                _lanes.Remove(address);
            }
            else
            {
                _lanes[address] = lane;
            }

            changed = _changed;
            _changed = NewChange();
        }

        changed.SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
