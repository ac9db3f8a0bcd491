// A few nodes' lanes in one process, open.
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Security;

namespace XClassFlow.Cluster.Tests.Lane;

/// <summary>Owns endpoints, lanes and logs.</summary>
internal sealed class LaneNodes : IAsyncDisposable
{
    public static readonly SecuritySettings Open = new();

    public static readonly LaneSettings Quick = new()
    {
        KeepAlive = TimeSpan.FromMilliseconds(100),
        Silence = TimeSpan.FromSeconds(5),
        ReconnectTimeout = TimeSpan.FromSeconds(20),
        ConnectTimeout = TimeSpan.FromSeconds(25),
        HandshakeTimeout = TimeSpan.FromSeconds(5),
        Fragment = new(16 * 1024),
    };

    private readonly List<string> _notes = [];

    public List<ILaneEndpoint> Endpoints { get; } = [];

    public List<ILane> Lanes { get; } = [];

    public List<ParcelLog> Logs { get; } = [];

    /// <summary>Lines of all endpoints so far.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            lock (_notes)
            {
                return [.. _notes];
            }
        }
    }

    /// <summary>Endpoints that listen; lanes are not open yet.</summary>
    public static LaneNodes Listen(int count, LaneSettings? settings = null, params SecuritySettings[] security)
    {
        var nodes = new LaneNodes();
        for (var i = 0; i < count; i++)
        {
            nodes.Endpoints.Add(TcpLaneEndpoint.Start(settings ?? Quick, security.Length == 0 ? Open : security[i % security.Length], nodes.Note));
        }

        return nodes;
    }

    public static async Task<LaneNodes> OpenAsync(int count, LaneSettings? settings = null, params SecuritySettings[] security)
    {
        var nodes = Listen(count, settings, security);
        await nodes.OpenLanesAsync();
        return nodes;
    }

    public static async Task<LaneNodes> OpenInProcessAsync(int count, LaneSettings? settings = null)
    {
        var nodes = new LaneNodes();
        var lanes = new InProcessLanes(settings ?? Quick);
        nodes.Endpoints.AddRange(Enumerable.Range(0, count).Select(_ => lanes.CreateEndpoint()));
        await nodes.OpenLanesAsync();
        return nodes;
    }

    /// <summary>Opens the lanes of an incarnation.</summary>
    /// <param name="incarnation">Its number.</param>
    /// <param name="addressOf">What a node (first) is told as the address of another (second), where it is not its own.</param>
    public async Task OpenLanesAsync(long incarnation = 1, Func<int, int, string?>? addressOf = null)
    {
        var opening = new List<Task<ILane>>();
        Logs.Clear();
        Lanes.Clear();
        for (var self = 0; self < Endpoints.Count; self++)
        {
            Logs.Add(new ParcelLog());
            opening.Add(Endpoints[self].OpenAsync(Plan(self, incarnation, addressOf), Logs[self], CancellationToken.None));
        }

        Lanes.AddRange(await Task.WhenAll(opening).InTime($"opening {Endpoints.Count} lanes; notes: {string.Join(" | ", Notes)}"));
    }

    public LanePlan Plan(int self, long incarnation = 1, Func<int, int, string?>? addressOf = null)
        => new("run", incarnation, self, [.. Endpoints.Select((e, node) => addressOf?.Invoke(self, node) ?? e.Address)]);

    public void Note(string line)
    {
        lock (_notes)
        {
            _notes.Add(line);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Endpoints.Select(e => e.DisposeAsync().AsTask())).InTime($"closing; notes: {string.Join(" | ", Notes)}");
        Logs.ForEach(l => l.Dispose());
    }
}
