// Supervisor to node: prepare your part of this layout.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record Assign(RunLayout Layout, int Self) : IWireMessage
{
    public void Check()
    {
        var nodes = Layout.Nodes.Count;
        var numbers = Layout.Backbones.Concat(Layout.Shards).Concat(Layout.Loaders).Append(Self);
        if (Layout.Incarnation < 1 || numbers.Any(n => n < 0 || n >= nodes) || Layout.Returns.Any(r => r < RunLayout.ThisOne) || Layout.Loaders.Count != Layout.Backbones.Count)
        {
            throw new FormatException("a layout with nodes that it does not have");
        }
    }
}
