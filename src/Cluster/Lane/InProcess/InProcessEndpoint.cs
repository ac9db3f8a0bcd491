// A node's end of the data plane within one process.
namespace XClassFlow.Cluster.Lane.InProcess;

/// <summary>Finds the other nodes' lanes by address.</summary>
internal sealed class InProcessEndpoint(InProcessLanes lanes, string address) : ILaneEndpoint
{
    private InProcessLane? _lane;

    public string Address => address;

    public async Task<ILane> OpenAsync(LanePlan plan, ILaneReceiver receiver, CancellationToken cancel)
    {
        await DisposeAsync();
        var lane = new InProcessLane(plan, receiver, lanes.Settings, () => lanes.Set(address, null));
        _lane = lane;
        lanes.Set(address, lane);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(lanes.Settings.ConnectTimeout);
        try
        {
            for (var node = 0; node < lane.Nodes; node++)
            {
                if (node != plan.Self)
                {
                    lane.Connect(node, await FindAsync(plan, node, limit.Token));
                }
            }

            return lane;
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            await lane.DisposeAsync();
            throw new LaneException($"not all nodes were reached within {lanes.Settings.ConnectTimeout.TotalSeconds:0.##} s", e);
        }
        catch
        {
            await lane.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_lane is { } lane)
        {
            await lane.DisposeAsync();
        }
    }

    private async Task<InProcessLane> FindAsync(LanePlan plan, int node, CancellationToken cancel)
    {
        while (true)
        {
            var (other, changed) = lanes.Find(plan.Addresses[node]);
            if (other is not null && other.Plan.Run == plan.Run)
            {
                if (other.Plan.Incarnation > plan.Incarnation)
                {
                    throw new LaneException($"node {node} is in incarnation {other.Plan.Incarnation}, not {plan.Incarnation}");
                }

                if (other.Plan.Incarnation == plan.Incarnation)
                {
                    return other.Self == node && other.Nodes == plan.Addresses.Count
                        ? other
                        : throw new LaneException($"{plan.Addresses[node]} is node {other.Self} of {other.Nodes}, not node {node} of {plan.Addresses.Count}");
                }
            }

            await changed.WaitAsync(cancel);
        }
    }
}
