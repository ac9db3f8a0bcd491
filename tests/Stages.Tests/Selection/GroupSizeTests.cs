// How many samples share a set of active classes where the user does not say: as many as leave room for all their neighbours.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Selection;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class GroupSizeTests
{
    [Theory]
    [InlineData(SelectionMode.Mix, 10_000, 16, 256, 256)]
    [InlineData(SelectionMode.Mix, 10_000, 16, 1024, 256)]
    [InlineData(SelectionMode.Mix, 1_374, 16, 128, 43)]
    [InlineData(SelectionMode.Mix, 81, 16, 64, 2)]
    [InlineData(SelectionMode.Mix, 8, 16, 64, 1)]
    [InlineData(SelectionMode.Knn, 160, 16, 64, 10)]
    [InlineData(SelectionMode.Uniform, 81, 16, 64, 64)]
    [InlineData(SelectionMode.All, 0, 16, 64, 64)]
    public void Is_chosen_from_budget_and_neighbours(SelectionMode mode, long budget, int k, int batch, int expected)
        => Assert.Equal(expected, GroupOf(new ActiveClassesSettings(mode, budget, Neighbours: k), batch));

    [Theory]
    [InlineData(7, 64, 7)]
    [InlineData(64, 64, 64)]
    [InlineData(1000, 64, 64)]
    public void Is_what_the_user_says(int group, int batch, int expected)
        => Assert.Equal(expected, GroupOf(new ActiveClassesSettings(SelectionMode.Mix, 100, group), batch));

    [Fact]
    public void Leaves_room_for_all_neighbours_with_as_few_groups_as_do() => Prop.ForAll(
        SelectionCase.Any, Gen.Choose(1, 300).ToArbitrary(), (c, batch) =>
        {
            var settings = c.Settings;
            var group = GroupOf(settings, batch);
            var groups = (batch + group - 1) / group;
            var share = settings.Mode == SelectionMode.Mix ? settings.NeighbourShare : 1;
            bool Fits(int samples) => (samples * c.K) <= samples + (share * (c.Budget - samples)) + 1e-9;
            return !settings.UsesGraph
                ? group == batch
                : (group == 1 || Fits(group)) && (groups == 1 || !Fits((batch + groups - 2) / (groups - 1)));
        }).QuickCheckThrowOnFailure();

    private static int GroupOf(ActiveClassesSettings settings, int batch)
    {
        var (budget, share) = settings.At(progress: 1);
        return settings.GroupOf(batch, budget, share);
    }
}
