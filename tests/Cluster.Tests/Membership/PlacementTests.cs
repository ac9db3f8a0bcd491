// Every rank and shard has a place, evenly, and only where the roles allow it.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Cluster.Membership;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class PlacementTests
{
    private static readonly RunSpec Run = new("id", "run", "", null, false, false);

    [Fact]
    public void Layouts_are_whole_even_and_keep_to_the_roles()
    {
        var roles = Gen.Choose(1, 7).Select(r => (NodeRoles)r);
        var cases = from nodes in roles.NonEmptyListOf() from replicas in Gen.Choose(0, 40) from shards in Gen.Choose(0, 40) from seed in Gen.Choose(0, 1_000_000) select (nodes, replicas, shards, seed);
        Prop.ForAll(cases.ToArbitrary(), c => Check([.. c.nodes], c.replicas, c.shards, c.seed)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_node_with_a_needed_role_is_chosen_before_those_that_come_first()
    {
        NodePlace[] nodes = [Node(0, NodeRoles.Loader | NodeRoles.Backbone), Node(1, NodeRoles.Backbone), Node(2, NodeRoles.Shard)];
        Assert.Equal([0, 2], Placement.Choose(nodes, 2)!.Select(n => Array.IndexOf(nodes, n)));
        Assert.Null(Placement.Choose(nodes[..2], 2));
        Assert.Equal([NodeRoles.Shard], Placement.Missing(nodes[..2]));
    }

    [Fact]
    public void A_rank_loads_on_its_own_node_where_it_may()
    {
        NodePlace[] nodes = [Node(0, NodeRoles.Backbone), Node(1, NodeRoles.All), Node(2, NodeRoles.Loader | NodeRoles.Shard)];
        var layout = Placement.Layout(Run, 1, nodes, 4, 0);
        Assert.Equal([0, 0, 1, 1], layout.Backbones);
        Assert.Equal([1, 2, 1, 1], layout.Loaders);
        Assert.Equal([1, 2], layout.Shards);
    }

    private static bool Check(NodeRoles[] roles, int replicas, int shards, int seed)
    {
        var nodes = roles.Select((r, i) => Node(i, r)).ToArray();
        var shuffled = nodes.ToArray();
        new Random(seed).Shuffle(shuffled);
        var chosen = Placement.Choose(shuffled, nodes.Length);
        if (Placement.Missing(nodes).Any())
        {
            return chosen is null;
        }

        var layout = Placement.Layout(Run, 3, chosen!, replicas, shards);
        var same = Placement.Layout(Run, 3, Placement.Choose(nodes, nodes.Length)!, replicas, shards);
        return layout.Backbones.SequenceEqual(same.Backbones) && layout.Shards.SequenceEqual(same.Shards) && layout.Loaders.SequenceEqual(same.Loaders)
            && IsEven(layout, layout.Backbones, NodeRoles.Backbone, replicas)
            && IsEven(layout, layout.Shards, NodeRoles.Shard, shards)
            && layout.Loaders.Count == layout.Backbones.Count
            && layout.Loaders.All(n => layout.Nodes[n].Roles.HasFlag(NodeRoles.Loader))
            && layout.Backbones.Zip(layout.Loaders).All(p => p.First == p.Second || !layout.Nodes[p.First].Roles.HasFlag(NodeRoles.Loader));
    }

    private static bool IsEven(RunLayout layout, IReadOnlyList<int> places, NodeRoles role, int wanted)
    {
        var holders = Enumerable.Range(0, layout.Nodes.Count).Where(i => layout.Nodes[i].Roles.HasFlag(role)).ToArray();
        var counts = holders.Select(h => places.Count(p => p == h)).ToArray();
        return places.Count == (wanted > 0 ? wanted : holders.Length) && counts.Sum() == places.Count && counts.Max() - counts.Min() <= 1 && places.SequenceEqual(places.Order());
    }

    private static NodePlace Node(int i, NodeRoles roles) => new($"akka.tcp://x@10.0.0.{i:000}:1", $"10.0.0.{i:000}:2", roles);
}
