// The ports of all groups of a graph, whether their instances run here or on another node.
using XClassFlow.Data;

namespace XClassFlow.Stages.Flow;

/// <summary>What the two ends of every link are: message types, and which inlets are feedback.</summary>
internal sealed class GraphPorts
{
    private readonly Dictionary<string, Type> _sent = [];
    private readonly Dictionary<string, (Type Message, bool IsFeedback)> _taken = [];

    private GraphPorts()
    {
    }

    /// <summary>Reads the ports from a running instance of each group; of groups that have none here, from one that is made for it and disposed (constructors are cheap).</summary>
    /// <exception cref="UserErrorException">A link joins ports that do not exist or do not fit.</exception>
    public static GraphPorts Of(FlowGraph graph, IEnumerable<StageRunner> runners)
    {
        var running = runners.GroupBy(r => r.Address.Group).ToDictionary(g => g.Key, g => g.First().Stage);
        var ports = new GraphPorts();
        foreach (var group in graph.Addresses.Select(a => a.Group).Distinct())
        {
            if (running.TryGetValue(group, out var stage))
            {
                ports.Read(group, stage);
            }
            else
            {
                using var sample = graph.CreateStage(new StageAddress(group, 0));
                ports.Read(group, sample);
            }
        }

        foreach (var link in graph.Links)
        {
            ports.Check(link);
        }

        return ports;
    }

    /// <summary>Whether a link ends in a feedback inlet.</summary>
    public bool IsFeedback(Link link) => _taken[$"{link.To}.{link.Inlet}"].IsFeedback;

    /// <summary>The type of the messages on a link.</summary>
    public Type MessageType(Link link) => _sent[link.Edge];

    private void Read(string group, Stage stage)
    {
        foreach (var outlet in stage.Outlets)
        {
            _sent[$"{group}.{outlet.Name}"] = outlet.MessageType;
        }

        foreach (var inlet in stage.Inlets)
        {
            _taken[$"{group}.{inlet.Name}"] = (inlet.MessageType, inlet.IsFeedback);
        }
    }

    private void Check(Link link)
    {
        if (!_sent.TryGetValue(link.Edge, out var sent))
        {
            throw FlowGraph.NoOutlet(link, PortsOf(_sent.Keys, link.From));
        }

        if (!_taken.TryGetValue($"{link.To}.{link.Inlet}", out var inlet))
        {
            throw FlowGraph.NoInlet(link, PortsOf(_taken.Keys, link.To));
        }

        if (!inlet.Message.IsAssignableFrom(sent))
        {
            throw new UserErrorException($"sends {sent.Name}, but the inlet takes {inlet.Message.Name}", link.ToString(), "connect ports of one message type");
        }
    }

    private static IEnumerable<string> PortsOf(IEnumerable<string> ports, string group)
        => ports.Where(p => p.StartsWith(group + ".", StringComparison.Ordinal)).Select(p => p[(group.Length + 1)..]);
}
