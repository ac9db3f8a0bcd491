// Every step of a run counts once, whatever was lost in between.
using XClassFlow.Cluster.Membership.Supervision;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class RunHistoryTests
{
    [Fact]
    public void A_rollback_takes_back_what_is_trained_again()
    {
        var history = new RunHistory(TimeProvider.System);
        history.Begin(new IncarnationTold("r", 1, 100, 1_000, 3, "", true));
        Steps(history, 1, 100, 107);
        history.Add(new EvaluationResult(104, 1, 0.1, 0.2, 9, 1));
        history.Add(new EvaluationResult(107, 1, 0.3, 0.4, 9, 1));
        history.Begin(new IncarnationTold("r", 2, 105, 1_050, 2, "lost x", false));
        Steps(history, 2, 105, 108);
        var report = history.Complete(Last(3, [2.106, 2.107, 2.108]), new Completed("r", null, true, 5, 6, null));

        Assert.Equal([1.101, 1.102, 1.103, 1.104, 1.105, 2.106, 2.107, 2.108], report.Losses!);
        Assert.Equal((8, 80), (report.Updates, report.Samples));
        Assert.Equal([104L], report.Evaluations.Select(e => e.Step));
        Assert.Equal([(100, 107), (105, 108)], report.Incarnations!.Select(i => ((int)i.FirstStep, (int)i.EndStep)));
    }

    [Fact]
    public void Steps_nobody_told_of_are_kept_open()
    {
        var history = new RunHistory(TimeProvider.System);
        history.Begin(new IncarnationTold("r", 1, 0, 0, 3, "", true));
        Steps(history, 1, 0, 2);
        Steps(history, 1, 4, 6, start: 0);
        history.Begin(new IncarnationTold("r", 2, 6, 60, 3, "", false));
        var report = history.Complete(Last(1, [2.007]), new Completed("r", null, true, 5, 6, null));
        Assert.Equal([1.001, 1.002, double.NaN, double.NaN, 1.005, 1.006, 2.007], report.Losses!);
        Assert.Equal((7, 70), (report.Updates, report.Samples));
    }

    [Fact]
    public void Steps_that_nobody_was_left_to_tell_of_count_also_at_the_end_of_an_incarnation()
    {
        var history = new RunHistory(TimeProvider.System);
        history.Begin(new IncarnationTold("r", 1, 0, 0, 3, "", true));
        Steps(history, 1, 0, 2);
        history.Begin(new IncarnationTold("r", 2, 5, 50, 3, "the supervisor's node was lost", false));
        history.Begin(new IncarnationTold("r", 3, 6, 60, 3, "lost x", false));
        var report = history.Complete(Last(1, [3.007]), new Completed("r", null, true, 5, 6, null));
        Assert.Equal([1.001, 1.002, double.NaN, double.NaN, double.NaN, double.NaN, 3.007], report.Losses!);
        Assert.Equal((7, 70), (report.Updates, report.Samples));
    }

    [Fact]
    public void A_run_that_has_to_begin_before_its_first_step_counts_from_there()
    {
        var history = new RunHistory(TimeProvider.System);
        history.Begin(new IncarnationTold("r", 1, 100, 1_000, 3, "", true));
        Steps(history, 1, 100, 107);
        history.Begin(new IncarnationTold("r", 2, 95, 950, 3, "lost x", false));
        Steps(history, 2, 95, 97);
        var report = history.Complete(Last(2, [2.096, 2.097]), new Completed("r", null, true, 5, 6, null));
        Assert.Equal([2.096, 2.097], report.Losses!);
        Assert.Equal((2, 20), (report.Updates, report.Samples));
    }

    [Fact]
    public void A_history_goes_over_in_pieces()
    {
        var history = new RunHistory(TimeProvider.System) { Started = new RunStarted("r", 1, 2, 3, 4, []) };
        history.Begin(new IncarnationTold("r", 1, 0, 0, 3, "", true));
        Steps(history, 1, 0, 9_000);
        history.Begin(new IncarnationTold("r", 2, 8_500, 85_000, 3, "lost x", false));
        Steps(history, 2, 8_500, 8_600);
        var other = new RunHistory(TimeProvider.System);
        var pieces = history.Pieces("r").ToList();
        Assert.Equal(3, pieces.Count);
        Assert.Equal([false, false, true], pieces.Select(p => other.Add((HistoryTold)WireFormat.Read(WireFormat.Write(p), "HistoryTold/3"))));

        Steps(history, 2, 8_600, 8_700, start: 8_500);
        Steps(other, 2, 8_600, 8_700, start: 8_500);
        var last = Last(200, [.. Enumerable.Range(8_501, 200).Select(s => 2 + (s / 1000.0))]);
        var end = new Completed("r", null, true, 5, 6, null);
        Assert.Equal(history.Complete(last, end).Losses, other.Complete(last, end).Losses);
        Assert.Equal(history.Complete(last, end).Samples, other.Complete(last, end).Samples);
        Assert.Equal(87_000, other.Complete(last, end).Samples);
    }

    [Fact]
    public void Many_evaluations_go_over_in_pieces_that_may_cross()
    {
        var history = new RunHistory(TimeProvider.System);
        history.Begin(new IncarnationTold("r", 1, 0, 0, 3, "", true));
        Steps(history, 1, 0, 10);
        for (var i = 1; i <= 10_000; i++)
        {
            history.Add(new EvaluationResult(i, i, 1.0 / i, 1 - (1.0 / i), 60_000 + i, i / 7.0));
        }

        var other = new RunHistory(TimeProvider.System);
        var pieces = history.Pieces("r").ToList();
        foreach (var piece in pieces)
        {
            var bytes = WireFormat.Write(piece);
            Assert.InRange(bytes.Length, 1, 32_000);
            Assert.Equal(piece == pieces[^1], other.Add((HistoryTold)WireFormat.Read(bytes, "HistoryTold/3")));
        }

        foreach (var watcher in new[] { history, other })
        {
            watcher.Begin(new IncarnationTold("r", 2, 20_000, 0, 3, "lost x", false));
        }

        var end = new Completed("r", null, true, 5, 6, null);
        var evaluations = other.Complete(Last(0, []), end).Evaluations;
        Assert.Equal(10_000, evaluations.Count);
        Assert.Equal(history.Complete(Last(0, []), end).Evaluations, evaluations);
    }

    [Fact]
    public void A_history_that_lacks_a_piece_is_never_whole()
    {
        var history = new RunHistory(TimeProvider.System);
        history.Begin(new IncarnationTold("r", 1, 0, 0, 3, "", true));
        Steps(history, 1, 0, 9_000);
        var pieces = history.Pieces("r").ToList();
        for (var lost = 0; lost < pieces.Count; lost++)
        {
            var other = new RunHistory(TimeProvider.System);
            Assert.All(pieces.Where((_, i) => i != lost), p => Assert.False(other.Add(p)));
            Assert.Contains(true, pieces.Select(other.Add));
        }
    }

    [Fact]
    public void A_watcher_that_comes_after_a_loss_knows_how_long_it_took_to_go_on()
    {
        var clock = new HandClock();
        var history = new RunHistory(clock);
        history.Begin(new IncarnationTold("r", 1, 0, 0, 3, "", true));
        Steps(history, 1, 0, 7);
        clock.Pass(TimeSpan.FromSeconds(5));
        var other = new RunHistory(clock);
        Assert.True(other.Add(Assert.Single(history.Pieces("r"))));
        var told = new IncarnationTold("r", 2, 5, 50, 3, "lost x", false);
        history.Begin(told);
        other.Begin(told);
        clock.Pass(TimeSpan.FromSeconds(7));
        var late = new RunHistory(clock);
        Assert.True(late.Add(Assert.Single(history.Pieces("r"))));
        foreach (var watcher in new[] { history, other, late })
        {
            Steps(watcher, 2, 5, 6);
            Assert.Equal([null, 12.0], watcher.Complete(Last(1, [2.006]), new Completed("r", null, true, 5, 6, null)).Incarnations!.Select(i => i.SecondsToResume));
        }
    }

    private static void Steps(RunHistory history, int incarnation, long from, long to, long? start = null)
    {
        for (var step = from + 1; step <= to; step++)
        {
            history.Add(new StepProgress(step, 1_000, 10 * (step - (start ?? from)), incarnation + (step / 1000.0), 0, 0, 0, TimeSpan.Zero, null, [], 0, 10, ""));
        }
    }

    private static RunReport Last(long updates, double[] losses) => new()
    {
        Run = "r", Command = "train", Outcome = RunOutcome.Completed, Classes = 1, WorldSize = 1, Updates = updates, Samples = 10 * updates, Losses = losses,
    };
}
