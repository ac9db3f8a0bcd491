// Property: a random acyclic graph of pass-through stages delivers every message exactly once on every path, in order.
using System.Collections.Concurrent;
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

[Collection(LiveTensors.Name)]
public abstract class RandomGraphTests
{
    private const int Messages = 12;

    /// <summary>How many graphs are tried.</summary>
    protected abstract int Graphs { get; }

    protected abstract IFlowHost CreateHost();

    [Fact]
    public void EveryMessageArrivesOnceOnEveryPathInOrder()
    {
        var shapes = Gen.Choose(0, 3).ArrayOf(24).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Graphs), Prop.ForAll(shapes, digits =>
        {
            var seen = new ConcurrentQueue<(string Path, long Step)>();
            var (graph, paths, text) = Build(digits, seen);
#pragma warning disable VSTHRD002 // FsCheck's properties are synchronous.
            HostRuns.RunAsync(CreateHost(), graph, null, default).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            var arrived = seen.GroupBy(s => s.Path).ToDictionary(g => g.Key, g => g.Select(s => s.Step).ToArray());
            var fits = arrived.Keys.Order().SequenceEqual(paths.Order()) && arrived.Values.All(steps => steps.SequenceEqual(Enumerable.Range(0, Messages).Select(i => (long)i)));
            return fits.Label(text);
        }));
    }

    // The digits decide everything: how many instances and stages there are, what is joined to what, how, and with which capacity.
    private static (FlowGraph Graph, List<string> Paths, string Text) Build(int[] digits, ConcurrentQueue<(string, long)> seen)
    {
        var at = 0;
        int Next() => digits[at++ % digits.Length];
        var instances = 1 + (Next() % 3);
        var stages = 1 + Next() + Next();
        var inputs = Enumerable.Range(0, stages).Select(_ => new List<(int From, LinkKind Kind, int Capacity)>()).ToArray();
        for (var i = 1; i < stages; i++)
        {
            for (var k = 0; k <= Next() % 2; k++)
            {
                inputs[i].Add(((Next() + (4 * Next())) % i, Next() == 0 ? LinkKind.Broadcast : LinkKind.OneToOne, 1 + Next()));
            }
        }

        var graph = new FlowGraph();
        for (var i = 0; i < stages; i++)
        {
            var (group, ports, isLast) = (i, inputs[i].Count, !inputs.Any(p => p.Exists(l => l.From == i)));
            graph.Add($"s{i}", instances, instance => Stage(group, instance, ports, isLast, seen));
        }

        // Ports are numbered, so two stages may be joined twice.
        for (var i = 1; i < stages; i++)
        {
            for (var port = 0; port < inputs[i].Count; port++)
            {
                var (from, kind, capacity) = inputs[i][port];
                graph.Connect($"s{from}.out", $"s{i}.in{port}", kind, capacity);
            }
        }

        List<string>[][] paths = new List<string>[stages][];
        for (var i = 0; i < stages; i++)
        {
            paths[i] = [.. Enumerable.Range(0, instances).Select(instance => i == 0
                ? [$"/0[{instance}]"]
                : inputs[i].SelectMany((link, port) => (link.Kind == LinkKind.OneToOne ? [instance] : Enumerable.Range(0, instances))
                    .SelectMany(sender => paths[link.From][sender].Select(p => $"{p}/{i}.{port}[{instance}]"))).ToList())];
        }

        var ends = Enumerable.Range(0, stages).Where(i => !inputs.Any(p => p.Exists(l => l.From == i))).SelectMany(i => paths[i].SelectMany(p => p)).ToList();
        var text = $"{instances} instances, {string.Join("; ", inputs.Select((links, i) => $"s{i} <- {string.Join(", ", links)}"))}";
        return (graph, ends, text);
    }

    private static Lab Stage(int group, int instance, int ports, bool isLast, ConcurrentQueue<(string, long)> seen)
    {
        void Leave(Lab lab, Box box)
        {
            if (isLast)
            {
                Assert.Equal(box.Step * 4, box.Values.sum().item<float>());
                seen.Enqueue((box.Path, box.Step));
            }
            else
            {
                lab.To<Box>().Send(box);
            }
        }

        var next = 0L;
        var lab = new Lab
        {
            MayProduce = () => group == 0 && next < Messages,
            Finished = () => group > 0 || next == Messages,
            OnProduce = l => Leave(l, Box.Of(next++, $"/0[{instance}]")),
        };
        for (var port = 0; port < ports; port++)
        {
            var step = $"/{group}.{port}[{instance}]";
            lab.With<Box>($"in{port}", (l, box) => Leave(l, box with { Path = box.Path + step }));
        }

        return isLast ? lab : lab.WithOut<Box>("out");
    }
}
