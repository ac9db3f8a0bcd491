// What counts as compute, as communication, and as exposed, on calls and transfers with known times.
using System.Text.Json;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;
using XClassFlow.Stages.Timelines;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Timelines;

public sealed class TimelineTests : IDisposable
{
    private static readonly StageAddress A = new("a", 0);
    private static readonly StageAddress B = new("b", 0);
    private static readonly Link Wire = new(0, "x", "out", "a", "in", LinkKind.OneToOne, 1);

    private readonly HandTurnedClock clock = new();
    private readonly string folder = Directory.CreateTempSubdirectory("xclassflow-timeline-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_no_stage_covers_of_the_transfers_is_exposed()
    {
        var timeline = Timeline(1, 2);
        Work(timeline, A, 0, 4);                                  // 0 to 4
        Transfer(timeline, 0, begin: 2, end: 9);                  // 2 to 4 hidden behind a
        clock.Pass(2);
        Transfer(timeline, 0, begin: 3, end: 6);                  // the same moments are not counted twice
        Work(timeline, B, 0, 1);                                  // 6 to 7, hides another second
        clock.Pass(2);
        Work(timeline, A, 0, 1);                                  // 9 to 10: the end of step 1
        clock.Pass(5);                                            // nothing at work and nothing under way: neither
        Work(timeline, A, 1, 5);                                  // 15 to 20
        Assert.Equal(new TimelineTotals(1, 2, 20, 11, 7, 4, 200), timeline.Totals());
    }

    [Fact]
    public void Stages_that_work_at_the_same_time_count_once()
    {
        var timeline = Timeline(1, 1);
        using var box = Box.Of(0);
        timeline.Called(A, StageCall.Inlet, "in", box);
        clock.Pass(1);
        timeline.Called(B, StageCall.Inlet, "in", box);
        clock.Pass(1);
        timeline.Returned(A, StageCall.Inlet, "in", box);
        clock.Pass(1);
        timeline.Returned(B, StageCall.Inlet, "in", box);
        Assert.Equal(new TimelineTotals(1, 1, 3, 3, 0, 0, 0), timeline.Totals());
    }

    /// <summary>Step 2 lies between the last call of step 1 and its own last one, though step 3 has begun by then; what is outside counts for nothing.</summary>
    [Fact]
    public void Only_the_chosen_steps_count()
    {
        var timeline = Timeline(2, 1, lookahead: 1);
        Transfer(timeline, 0, begin: 0, end: 1);
        Work(timeline, A, 0, 10);
        Work(timeline, B, 2, 1);
        Work(timeline, A, 1, 2);
        Work(timeline, B, 2, 40);
        Work(timeline, A, 3, 50);
        Transfer(timeline, 3, begin: 10, end: 90);
        Assert.Equal(new TimelineTotals(2, 1, 3, 3, 0, 0, 0), timeline.Totals());
        Assert.False(timeline.IsNoting);
    }

    [Fact]
    public void Before_the_first_step_and_without_one_there_is_nothing()
    {
        var timeline = Timeline(5, 1);
        Work(timeline, A, 2, 1);
        Assert.False(timeline.IsNoting);
        Assert.Null(timeline.Totals());
        Work(timeline, A, 3, 1);
        Assert.True(timeline.IsNoting);
        Assert.Null(timeline.Totals());
    }

    [Fact]
    public void The_trace_holds_steps_calls_and_transfers()
    {
        var timeline = Timeline(1, 1);
        Work(timeline, A, 0, 2);
        Transfer(timeline, 0, begin: 0.5, end: 1.5);
        timeline.Write(3);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "t-node-3.json")));
        var events = json.RootElement.GetProperty("traceEvents").EnumerateArray().ToArray();
        Assert.All(events, e => Assert.Equal(3, e.GetProperty("pid").GetInt32()));
        Assert.Equal(["node 3", "steps", "a[0]"], events.Where(e => Text(e, "ph") == "M").Select(e => Text(e.GetProperty("args"), "name")));
        var call = events.Single(e => Text(e, "ph") == "X" && Text(e, "cat") == "stage");
        Assert.Equal(("in", 0.0, 2e6, 1), (Text(call, "name"), call.GetProperty("ts").GetDouble(), call.GetProperty("dur").GetDouble(), call.GetProperty("args").GetProperty("step").GetInt32()));
        var step = events.Single(e => Text(e, "ph") == "X" && Text(e, "cat") == "step");
        Assert.Equal(("step 1", 2e6), (Text(step, "name"), step.GetProperty("dur").GetDouble()));
        var (begin, end) = (events.Single(e => Text(e, "ph") == "b"), events.Single(e => Text(e, "ph") == "e"));
        Assert.Equal((Text(begin, "id"), Text(begin, "name"), 5e5, 1.5e6), (Text(end, "id"), "x.out -> a.in", begin.GetProperty("ts").GetDouble(), end.GetProperty("ts").GetDouble()));
        Assert.Equal(100, begin.GetProperty("args").GetProperty("bytes").GetInt64());
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private Timeline Timeline(long from, int steps, int lookahead = 0)
        => new(new TimelineSettings(Path.Combine(folder, "t.json"), from, steps), new RunPlan { Updates = 100, Lookahead = lookahead }, clock);

    private void Work(Timeline timeline, StageAddress stage, long step, double seconds)
    {
        using var box = Box.Of(step);
        timeline.Called(stage, StageCall.Inlet, "in", box);
        clock.Pass(seconds);
        timeline.Returned(stage, StageCall.Inlet, "in", box);
    }

    private static void Transfer(Timeline timeline, long step, double begin, double end)
        => timeline.Arrived(new TransferSpan(Wire, 0, 0, step, 0, 100, At(begin), At(end)));

    private static long At(double seconds) => DateTime.UnixEpoch.Ticks + TimeSpan.FromSeconds(seconds).Ticks;
}
