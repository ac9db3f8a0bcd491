// The training graph as data: groups of stage instances and the links between them.
using XClassFlow.Data;

namespace XClassFlow.Stages.Flow;

/// <summary>A graph under construction. Hosts take it as it is; nothing runs before a host starts it.</summary>
public sealed class FlowGraph
{
    private readonly Dictionary<string, Func<int, Stage>> _factories = [];
    private readonly Dictionary<string, int> _counts = [];
    private readonly List<string> _order = [];
    private readonly List<Link> _links = [];
    private readonly Dictionary<string, string> _inserted = [];

    public IReadOnlyList<Link> Links => _links;

    /// <summary>All instances, in the order in which the groups were added.</summary>
    public IEnumerable<StageAddress> Addresses
        => _order.SelectMany(group => Enumerable.Range(0, _counts[group]).Select(i => new StageAddress(group, i)));

    public int CountOf(string group) => _counts.GetValueOrDefault(group);

    /// <summary>Adds a group of instances of a stage.</summary>
    /// <param name="group">Name of the group; unique.</param>
    /// <param name="count">Number of instances.</param>
    /// <param name="create">Makes instance i. Constructors are cheap; the host calls <see cref="Stage.Start"/> later.</param>
    public FlowGraph Add(string group, int count, Func<int, Stage> create)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (!_factories.TryAdd(group, create))
        {
            throw new ArgumentException($"the graph has two stages named '{group}'");
        }

        _counts[group] = count;
        _order.Add(group);
        return this;
    }

    /// <summary>Connects an outlet to an inlet.</summary>
    /// <param name="from">"group.outlet".</param>
    /// <param name="to">"group.inlet".</param>
    /// <param name="kind">How the instances are wired.</param>
    /// <param name="capacity">Messages that may be unacknowledged between two instances; of no effect on feedback inlets.</param>
    public FlowGraph Connect(string from, string to, LinkKind kind = LinkKind.OneToOne, int capacity = 4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var (fromGroup, outlet) = Split(from);
        var (toGroup, inlet) = Split(to);
        if (kind == LinkKind.OneToOne && CountOf(fromGroup) != CountOf(toGroup))
        {
            throw new ArgumentException($"{from} -> {to}: one-to-one needs equal numbers of instances, not {CountOf(fromGroup)} and {CountOf(toGroup)}");
        }

        _links.Add(new Link(_links.Count, fromGroup, outlet, toGroup, inlet, kind, capacity));
        return this;
    }

    /// <summary>
    /// Puts a stage with one inlet and one outlet ("in", "out") into every link that starts at an edge, one instance per sender. Stages inserted at the same edge
    /// stand in the order in which they were inserted.
    /// </summary>
    /// <param name="group">Name of the new group.</param>
    /// <param name="edge">"group.outlet" of the edge.</param>
    /// <param name="create">Makes instance i, for sender i.</param>
    /// <param name="where">Configuration path, for the message when the edge does not exist.</param>
    public FlowGraph Insert(string group, string edge, Func<int, Stage> create, string where)
    {
        var cut = _links.Where(l => l.Edge == edge).ToArray();
        if (cut.Length == 0)
        {
            throw new UserErrorException($"no edge '{edge}'", where, $"edges are {string.Join(", ", _links.Select(l => l.Edge).Distinct())}");
        }

        if (_factories.ContainsKey(group))
        {
            throw new UserErrorException($"the name '{group}' is taken by a built-in stage", where, "choose another");
        }

        if (cut.Length == 1 && _inserted.GetValueOrDefault(cut[0].To) == edge)
        {
            return Insert(group, $"{cut[0].To}.out", create, where);
        }

        Add(group, CountOf(cut[0].From), create);
        foreach (var link in cut)
        {
            _links[link.Number] = link with { From = group, Outlet = "out" };
        }

        _inserted[group] = edge;
        Connect(edge, $"{group}.in", LinkKind.OneToOne, cut.Max(l => l.Capacity));
        return this;
    }

    /// <summary>How many instances receive in the end what is sent on a link: an inserted stage only passes on.</summary>
    internal int ReceiversOf(Link link)
        => _inserted.ContainsKey(link.To) && _links.Where(l => l.From == link.To).ToArray() is { Length: > 0 } onward ? onward.Max(ReceiversOf) : CountOf(link.To);

    /// <summary>Makes the runner of one instance, wired and checked. The host owns it.</summary>
    internal StageRunner CreateRunner(StageAddress address, IDelivery delivery, FlowOptions options, Action wake)
    {
        var stage = CreateStage(address);
        try
        {
            return CreateRunner(address, stage, delivery, options, wake);
        }
        catch
        {
            stage.Dispose();
            throw;
        }
    }

    /// <summary>Makes a stage by itself, not wired. The caller owns it.</summary>
    internal Stage CreateStage(StageAddress address)
    {
        try
        {
            return _factories[address.Group](address.Index);
        }
        catch (Exception e) when (e is not UserErrorException)
        {
            throw new StageException(address, "its constructor", null, null, e);
        }
    }

    private StageRunner CreateRunner(StageAddress address, Stage stage, IDelivery delivery, FlowOptions options, Action wake)
    {
        var outbound = _links.Where(l => l.From == address.Group).ToArray();
        var inbound = _links.Where(l => l.To == address.Group).ToArray();
        foreach (var link in outbound)
        {
            if (!stage.Outlets.Any(o => o.Name == link.Outlet))
            {
                throw NoOutlet(link, stage.Outlets.Select(o => o.Name));
            }
        }

        foreach (var link in inbound)
        {
            var inlet = stage.Inlets.FirstOrDefault(i => i.Name == link.Inlet)
                ?? throw NoInlet(link, stage.Inlets.Select(i => i.Name));
            if (inlet.IsConnected)
            {
                throw new UserErrorException($"inlet '{link.Inlet}' of '{link.To}' is connected twice", link.ToString(), "use one link, or two inlets");
            }

            inlet.Connect(link.Kind == LinkKind.OneToOne ? 1 : CountOf(link.From));
        }

        return new StageRunner(address, stage, this, inbound, outbound, delivery, options, wake);
    }

    internal static UserErrorException NoOutlet(Link link, IEnumerable<string> known)
        => new($"stage '{link.From}' has no outlet '{link.Outlet}'", link.ToString(), $"known are {string.Join(", ", known)}");

    internal static UserErrorException NoInlet(Link link, IEnumerable<string> known)
        => new($"stage '{link.To}' has no inlet '{link.Inlet}'", link.ToString(), $"known are {string.Join(", ", known)}");

    /// <summary>The group whose messages an inserted stage passes on; null for a stage that was added.</summary>
    internal string? InsertedAfter(string group) => _inserted.TryGetValue(group, out var edge) ? edge[..edge.LastIndexOf('.')] : null;

    private (string Group, string Port) Split(string port)
    {
        var dot = port.LastIndexOf('.');
        var group = dot > 0 ? port[..dot] : port;
        return dot > 0 && _factories.ContainsKey(group)
            ? (group, port[(dot + 1)..])
            : throw new ArgumentException($"'{port}' is not group.port of a group in the graph");
    }
}
