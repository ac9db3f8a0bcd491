// A process's membership in the cluster, from joining to its exit code.
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership.Supervision;
using XClassFlow.Cluster.Security;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>
/// Owns the actor system, the lane and the certificates. Ends when the run is over, when asked to leave, or when the others went on without this node; then the run's part is
/// aborted and freed before the node leaves, and a time limit sees to it that the process never hangs.
/// </summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    /// <summary>What a removed node says.</summary>
    public const string Removed =
        "the other nodes went on without this one: it did not answer in time, or was cut off from most of them; nothing it did since then counts. Start it again to join anew";

    private readonly TaskCompletionSource<NodeExit> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ControlTiming _timing;
    private readonly ILaneEndpoint _lane;
    private readonly NodeCertificates? _certificates;
    private NodeExit? _exit;

    private NodeProcess(ActorSystem system, ILaneEndpoint lane, NodeCertificates? certificates, ControlTiming timing)
    {
        System = system;
        _lane = lane;
        _certificates = certificates;
        _timing = timing;
    }

    public ActorSystem System { get; }

    /// <summary>The address that other nodes know.</summary>
    public Address Address => Akka.Cluster.Cluster.Get(System).SelfAddress;

    /// <summary>The address of its lane.</summary>
    public string Lane => _lane.Address;

    /// <summary>Completes when the process has left the cluster or was removed from it.</summary>
    public Task<NodeExit> Ended => _ended.Task;

    /// <summary>Starts the node and begins to join; does not wait for the others.</summary>
    /// <param name="environment">Its configuration.</param>
    /// <param name="parts">What it is made of.</param>
    /// <param name="timing">Intervals.</param>
    /// <param name="say">Takes lines for the operator; any thread.</param>
    /// <exception cref="Data.UserErrorException">The settings, certificates or addresses are wrong.</exception>
    public static NodeProcess Start(RunEnvironment environment, NodeParts parts, ControlTiming timing, Action<string> say)
    {
        var settings = environment.Settings;
        var certificates = NodeCertificates.Load(settings.Security.Tls);
        ILaneEndpoint? lane = null;
        ActorSystem? system = null;
        try
        {
            // What the configuration can get wrong comes before what others can see.
            var runtime = parts.Runtime(environment);
            lane = parts.Lane(environment);
            system = AkkaSystem.CreateMember(settings, environment.Configuration.Akka, certificates);
            var node = new NodeProcess(system, lane, certificates, timing);
            node.Join(settings, runtime, say);
            return node;
        }
        catch
        {
            _ = FreeAsync(system, lane, certificates);
            throw;
        }
    }

    /// <summary>Leaves in order: the run's part is aborted, the others are told.</summary>
    public Task<NodeExit> LeaveAsync()
    {
        End(NodeExit.Done);
        return Ended;
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        await _lane.DisposeAsync();
        _certificates?.Dispose();
    }

    // Nothing was opened on them yet; the process ends. The system uses the certificates to its end.
    private static async Task FreeAsync(ActorSystem? system, ILaneEndpoint? lane, NodeCertificates? certificates)
    {
        await (system?.Terminate() ?? Task.CompletedTask);
        await (lane?.DisposeAsync() ?? ValueTask.CompletedTask);
        certificates?.Dispose();
    }

    private void Join(ClusterSettings settings, INodeRuntime runtime, Action<string> say)
    {
        var cluster = Akka.Cluster.Cluster.Get(System);
        var agent = System.ActorOf(Props.Create(() => new NodeAgent(new AgentSettings(settings, runtime, _lane, End, _timing, say))), Actors.AgentName);
        System.ActorOf(
            ClusterSingletonManager.Props(
                Props.Create(() => new ClusterSupervisor(settings, _timing, TimeProvider.System)), PoisonPill.Instance, ClusterSingletonManagerSettings.Create(System)),
            Actors.ManagerName);
        CoordinatedShutdown.Get(System).AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "abort the run", async () =>
        {
            await agent.Ask<LocalMessage.Quiet>(new LocalMessage.Quieten(), _timing.AbortLimit);
            return Akka.Done.Instance;
        });
        _ = WatchTerminationAsync();
        if (settings.Seeds.Count == 0)
        {
            cluster.Join(cluster.SelfAddress);
        }
        else
        {
            cluster.JoinSeedNodes([.. settings.Seeds.Select(s => AkkaSystem.AddressOf(System, SeedAddress.Parse(s)))]);
        }
    }

    private void End(NodeExit exit)
    {
        if (Interlocked.CompareExchange(ref _exit, exit, null) is null)
        {
            _ = ShutDownAsync();
        }
    }

    private async Task ShutDownAsync()
    {
        var shutdown = CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
        await Task.WhenAny(shutdown, Task.Delay(_timing.ExitLimit));
        _ended.TrySetResult(_exit!);
    }

    // Also where the others decided: Akka shuts a removed member down by itself.
    private async Task WatchTerminationAsync()
    {
        await System.WhenTerminated;
        var reason = CoordinatedShutdown.Get(System).ShutdownReason;
        Interlocked.CompareExchange(ref _exit, reason is CoordinatedShutdown.ClusterLeavingReason ? NodeExit.Done : new NodeExit(1, Removed), null);
        _ended.TrySetResult(_exit);
    }
}
