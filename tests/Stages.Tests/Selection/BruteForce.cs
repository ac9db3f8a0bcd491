// Nearest classes the slow way.
namespace XClassFlow.Stages.Tests.Selection;

internal static class BruteForce
{
    /// <summary>The list names distinct classes, the class itself first, and no class outside it is nearer than one inside (up to fp32 rounding).</summary>
    public static void AssertNearest(double[][] rows, int self, IReadOnlyList<long> list)
    {
        Assert.Equal(self, list[0]);
        Assert.Equal(list.Count, list.Distinct().Count());
        var scores = Array.ConvertAll(rows, r => r.Zip(rows[self], (a, b) => a * b).Sum());
        var expected = scores.Where((_, c) => c != self).OrderDescending().Take(list.Count - 1);
        Assert.All(expected.Zip(list.Skip(1)), p => Assert.Equal(p.First, scores[p.Second], 1e-6));
    }
}
