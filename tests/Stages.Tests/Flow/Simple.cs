// The few stages that the engine's tests are made of.
using System.Collections.Concurrent;

namespace XClassFlow.Stages.Tests.Flow;

internal static class Simple
{
    /// <summary>Sends boxes with steps 0, 1, ...</summary>
    public static Lab Source(string name, int count, Action<int>? before = null, int perCall = 1)
    {
        var next = 0;
        return new Lab
        {
            MayProduce = () => next < count,
            Finished = () => next >= count,
            OnProduce = lab =>
            {
                for (var i = 0; i < perCall && next < count; i++)
                {
                    before?.Invoke(next);
                    lab.To<Box>().Send(Box.Of(next++, name));
                }
            },
        }.WithOut<Box>("out");
    }

    /// <summary>Passes boxes on.</summary>
    public static Lab Pass(Action<Lab, Box>? see = null) => new Lab().WithOut<Box>("out").With<Box>("in", (lab, box) =>
    {
        see?.Invoke(lab, box);
        lab.To<Box>().Send(box);
    });

    /// <summary>Keeps count of what arrives.</summary>
    public static Lab Sink(ConcurrentQueue<string> seen, Action<Box>? see = null) => new Lab().With<Box>("in", (_, box) =>
    {
        see?.Invoke(box);
        seen.Enqueue($"{box.Path}:{box.Step}:{box.Values.sum().item<float>()}");
    });

    /// <summary>What a sink sees of a source.</summary>
    public static IEnumerable<string> Expected(string name, int count, int size = 4) => Enumerable.Range(0, count).Select(i => $"{name}:{i}:{i * size}");
}
