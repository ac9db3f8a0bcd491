// What every selection must keep: labels always, no row twice, the budget, neighbours by best rank, and weights that add up to all classes.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Selection;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class ClassSelectorTests
{
    [Fact]
    public void LabelsComeFirstAndAreAlwaysIn() => Holds(c =>
    {
        var selection = c.Select();
        return selection.LabelRows == c.LabelRows.Length && selection.Rows.Take(selection.LabelRows).SequenceEqual(c.LabelRows);
    });

    [Fact]
    public void RowsAreOfTheShardAndNoneTwice() => Holds(c =>
    {
        var rows = c.Select().Rows;
        return rows.Distinct().Count() == rows.Length && rows.All(r => r >= 0 && r < c.Count);
    });

    [Fact]
    public void TheBudgetIsUsedUpAndExceededByLabelsOnly() => Holds(c =>
    {
        var selection = c.Select();
        return selection.Rows.Length == Math.Max(selection.LabelRows, Math.Min(c.Budget, c.Count))
            && selection.LabelRows <= selection.CertainRows && selection.CertainRows <= selection.Rows.Length;
    });

    [Fact]
    public void NeighboursAreTakenByBestRank() => Holds(c =>
    {
        var selection = c.Select();
        if (!c.Settings.UsesGraph)
        {
            return selection.CertainRows == selection.LabelRows;
        }

        var best = new Dictionary<long, int>();
        foreach (var label in c.Labels)
        {
            foreach (var (other, rank) in c.Graph.Lists[(int)label].Select((o, r) => (o - c.Start, r)).Where(n => n.Item1 >= 0 && n.Item1 < c.Count))
            {
                best[other] = Math.Min(rank, best.GetValueOrDefault(other, int.MaxValue));
            }
        }

        var left = Math.Max(0, Math.Min(c.Budget, c.Count) - selection.LabelRows);
        var share = c.Mode == SelectionMode.Mix ? c.NeighbourShare : 1;
        var candidates = best.Keys.Except(c.LabelRows).ToArray();
        var neighbours = selection.Rows[selection.LabelRows..selection.CertainRows];
        var ranks = neighbours.Select(n => best.GetValueOrDefault(n, -1)).ToArray();
        return neighbours.Length == Math.Min(candidates.Length, (long)(left * share))
            && ranks.All(r => r > 0)
            && ranks.SequenceEqual(ranks.Order())
            && candidates.Except(neighbours).All(o => ranks.Length == 0 || best[o] >= ranks[^1]);
    });

    [Fact]
    public void MixStandsForAllClassesOfTheShard() => Holds(c =>
    {
        var selection = c.Select();
        var sampled = selection.Rows.Length - selection.CertainRows;
        return c.Mode != SelectionMode.Mix
            ? selection.Represents is null
            : selection.Represents!.Length == sampled && (sampled == 0 || Math.Abs(selection.CertainRows + selection.Represents.Sum(r => (double)r) - c.Count) < 1e-5 * c.Count);
    });

    [Fact]
    public void TheSeedDecidesAndEarlierSelectionsDoNot() => Holds(c =>
    {
        var used = new ClassSelector(c.Start, c.Count, c.Mode == SelectionMode.Mix);
        c.Select(used, 99);
        return c.Select(used).Rows.SequenceEqual(c.Select().Rows);
    });

    [Theory]
    [InlineData(10)]
    [InlineData(70)]
    public void SampledClassesAreUniform(int budget)
    {
        const int Classes = 100;
        var selector = new ClassSelector(0, Classes, corrects: false);
        var counts = new int[Classes];
        for (var step = 0UL; step < 4000; step++)
        {
            foreach (var row in selector.Select([3], budget, 0, null, null, XClassFlow.Stages.Flow.Seeds.Mix(1, step)).Rows.Skip(1))
            {
                counts[row]++;
            }
        }

        var p = (budget - 1) / 99.0;
        var deviation = Math.Sqrt(4000 * p * (1 - p));
        Assert.Equal(0, counts[3]);
        Assert.All(counts.Where((_, i) => i != 3), n => Assert.InRange((n - (4000 * p)) / deviation, -4.5, 4.5));
    }

    private static void Holds(Func<SelectionCase, bool> property)
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(SelectionCase.Any, property));
}
