// Several nodes in one process, on loopback and free ports.
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Remote;
using Akka.Remote.Transport;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cluster.Tests.Membership;

/// <summary>Owns the nodes; the first one's port is the seed of all.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    /// <summary>Longer than anything here takes on a machine that others use too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    public static readonly ControlTiming Timing = new()
    {
        Tick = TimeSpan.FromMilliseconds(150),
        Flush = TimeSpan.FromMilliseconds(50),
        AbortLimit = TimeSpan.FromSeconds(3),
        ReportWait = TimeSpan.FromSeconds(2),
        CloseWait = TimeSpan.FromSeconds(2),
        ExitLimit = TimeSpan.FromSeconds(20),
    };

    private const string Fast = """
        akka {
          cluster { gossip-interval = 100ms, leader-actions-interval = 100ms, unreachable-nodes-reaper-interval = 100ms, periodic-tasks-initial-delay = 50ms, seed-node-timeout = 1s, retry-unsuccessful-join-after = 1s
            singleton.hand-over-retry-interval = 200ms, failure-detector.threshold = 8 }
          remote { retry-gate-closed-for = 200ms, dot-netty.tcp.applied-adapters = ["trttl"] }
          loglevel = LEVEL, stdout-loglevel = LEVEL
          coordinated-shutdown { default-phase-timeout = 2s, phases { cluster-exiting.timeout = 2s, actor-system-terminate.timeout = 2s } }
        }
        """;

    /// <summary>For looking into a failing test.</summary>
    private static readonly string Level = Environment.GetEnvironmentVariable("XCLASSFLOW_AKKA_LOG") ?? "OFF";

    private readonly List<TestNode> _nodes = [];
    private readonly string _settings;
    private readonly ControlTiming _timing;
    private readonly int _seed = FreePort();

    /// <param name="settings">Lines of the cluster block.</param>
    /// <param name="training">What the nodes share.</param>
    /// <param name="timing">Intervals; null: <see cref="Timing"/>.</param>
    public TestCluster(string settings, FakeTraining training, ControlTiming? timing = null)
    {
        _settings = settings;
        _timing = timing ?? Timing;
        Training = training;
    }

    public FakeTraining Training { get; }

    public IReadOnlyList<TestNode> Nodes => _nodes;

    /// <summary>The configuration of a node.</summary>
    public LoadedConfiguration Configuration(int port, string more = "") => HoconLoader.LoadText(
        HoconLoader.ReferenceText() + $$"""

        xclassflow {
          host = cluster
          name = fake
          layout { replicas = 0, shards = 0 }
          cluster {
            port = {{port}}
            seeds = ["127.0.0.1:{{_seed}}"]
            failure { heartbeat = 100ms, acceptable-pause = 2500ms, stable-after = 800ms }
            {{_settings}}
            {{more}}
          }
        }
        """ + "\n" + Fast.Replace("LEVEL", Level, StringComparison.Ordinal), "test");

    public TestNode Start(string? name = null, string more = "")
    {
        name ??= $"n{_nodes.Count}";
        var runtime = new FakeRuntime(Training, name);
        var environment = RunEnvironment.Of(Configuration(_nodes.Count == 0 ? _seed : 0, more));
        var node = new TestNode(name, runtime, NodeProcess.Start(environment, new NodeParts(_ => runtime, _ => new FakeLane(name)), _timing, _ => { }));
        _nodes.Add(node);
        return node;
    }

    /// <summary>Starts some nodes.</summary>
    public void Start(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Start();
        }
    }

    /// <summary>What <c>xclassflow train</c> does, with a node of its own.</summary>
    public TestSubmission Submit(bool checkpoints = true, bool losses = true, string more = "")
    {
        var name = $"n{_nodes.Count}";
        var runtime = new FakeRuntime(Training, name);
        var submission = new TestSubmission(name, runtime, Training);
        var runs = new ClusterRuns(new LocalRuns(), new NodeParts(_ => runtime, _ => new FakeLane(name)), _timing, process =>
        {
            submission.Process = process;
            _nodes.Add(new TestNode(name, runtime, process));
        });
        submission.Report = runs.TrainAsync(
            new TrainOptions(Configuration(_nodes.Count == 0 ? _seed : 0, more), checkpoints ? Path.GetTempPath() : null, false, losses), submission.Observer, submission.Stop.Token);
        return submission;
    }

    /// <summary>Cuts the connections between a node and the others.</summary>
    public static async Task CutAsync(TestNode a, params TestNode[] others)
    {
        a.Runtime.Training.Gone[a.Process.Lane] = true;
        foreach (var b in others)
        {
            await SilenceAsync(a, b);
        }
    }

    /// <summary>Nothing crosses between two nodes any more; they train on.</summary>
    public static async Task SilenceAsync(TestNode a, TestNode b)
    {
        await ThrottleAsync(a, b);
        await ThrottleAsync(b, a);
    }

    /// <summary>Waits for something that happens elsewhere.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what, Func<object?>? actual = null)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(clock.Elapsed < Patience, $"waited {Patience.TotalSeconds} s for: {what}; it is {actual?.Invoke()}");
            await Task.Delay(20);
        }
    }

    /// <summary>Waits for a phase of the supervisor.</summary>
    public Task UntilPhaseAsync(string phase) => UntilStatusAsync(s => s.Phase == phase, $"the phase {phase}");

    /// <summary>Waits until the supervisor knows that a node has finished its part.</summary>
    public Task UntilFinishedAsync(string node) => UntilStatusAsync(s => s.Members.Any(m => m.Address == node && m.Phase == "finished"), $"{node} to finish");

    /// <summary>Waits until the supervisor knows that so many nodes are in a phase.</summary>
    public Task UntilPhasesAsync(string phase, int nodes) => UntilStatusAsync(s => s.Members.Count(m => m.Phase == phase) == nodes, $"{nodes} nodes in the phase {phase}");

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            node.Kill();
        }

        await Task.WhenAll(_nodes.Select(n => n.Process.System.WhenTerminated)).WaitAsync(Patience);
    }

    private async Task UntilStatusAsync(Func<ClusterStatus, bool> holds, string what)
    {
        var system = _nodes[0].Process.System;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        ClusterStatus status;
        do
        {
            Assert.True(clock.Elapsed < Patience, $"waited {Patience.TotalSeconds} s for {what}");
            status = (await Actors.AgentOn(system, _nodes[0].Process.Address).Ask<StatusTold>(new AskStatus(), Patience)).Status;
        }
        while (!holds(status));
    }

    private static Task<bool> ThrottleAsync(TestNode from, TestNode to) =>
        ((IRemoteActorRefProvider)((ExtendedActorSystem)from.Process.System).Provider).Transport.ManagementCommand(
            new SetThrottle(to.Process.Address, ThrottleTransportAdapter.Direction.Both, Blackhole.Instance), default);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
