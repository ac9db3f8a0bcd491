// What a submitter asks of its supervisor.
using System.Collections.Concurrent;
using Akka.Actor;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Client;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Membership.Supervision;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class RunSubmitterTests
{
    private readonly ConcurrentQueue<object> _heard = [];
    private readonly TestSubmission.Watcher _watcher = new();

    [Fact]
    public async Task A_report_in_several_pieces_is_asked_for_piece_by_piece_and_no_more()
    {
        var random = new Random(3);
        var report = Report(20_000, [.. Enumerable.Range(0, 20_000).Select(_ => random.NextDouble())]);
        var pieces = ReportPieces.Cut(RunReportFile.ToJson(report));
        Assert.InRange(pieces.Count, 3, 100);
        var got = await RunAsync(pieces, (m, answer) =>
        {
            answer(new IncarnationTold(m.Run.Id, 1, 0, 0, 1, "", true));
            answer(new Completed(m.Run.Id, null, true, 0, 0, null));
        });
        Assert.Equal(report.Losses, got.Losses);
        Assert.Equal(Enumerable.Range(0, pieces.Count), _heard.OfType<AskReport>().Select(a => a.Piece));
        Assert.Single(_heard.OfType<Submit>());
    }

    [Fact]
    public async Task An_incarnation_that_was_lost_on_its_way_is_asked_for_and_no_step_of_it_is_missing()
    {
        var got = await RunAsync(Pieces(2, 3, 4), (m, answer) =>
        {
            if (m.Known == 0)
            {
                answer(new IncarnationTold(m.Run.Id, 1, 0, 0, 1, "", true));
                answer(Steps(m.Run.Id, 1, 1, 2));
                answer(Steps(m.Run.Id, 2, 3));
                return;
            }

            answer(new IncarnationTold(m.Run.Id, 2, 2, 20, 1, "lost x", false));
            answer(Steps(m.Run.Id, 2, 4));
            answer(new Completed(m.Run.Id, null, true, 0, 0, null));
        });
        Assert.Equal([0L, 1], _heard.OfType<Submit>().Select(s => s.Known));
        Assert.Equal([1L, 2, 3, 4], _watcher.Steps.Select(s => s.Step));
        Assert.Equal([1.0, 2, 3, 4], got.Losses!);
        Assert.Equal([1L, 2], got.Incarnations!.Select(i => i.Number));
    }

    [Fact]
    public async Task A_history_that_lost_its_first_piece_is_asked_for_again()
    {
        var history = new RunHistory(TimeProvider.System);
        history.Begin(new IncarnationTold("id", 1, 0, 0, 1, "", true));
        foreach (var e in Steps("id", 1, [.. Enumerable.Range(1, 5_000)]).Events)
        {
            history.Add(e.Step!);
        }

        history.Begin(new IncarnationTold("id", 2, 5_000, 50_000, 1, "lost x", false));
        var got = await RunAsync(Pieces(1, 5_001), (m, answer) =>
        {
            var isFirst = _heard.OfType<Submit>().Count() == 1;
            foreach (var piece in history.Pieces("id").Skip(isFirst ? 1 : 0))
            {
                answer(piece);
            }

            answer(Steps("id", 2, 5_001));
            if (!isFirst)
            {
                answer(new Completed(m.Run.Id, null, true, 0, 0, null));
            }
        });
        Assert.Equal([0L, 0], _heard.OfType<Submit>().Select(s => s.Known));
        Assert.Equal(Enumerable.Range(1, 5_001).Select(i => (double)i), got.Losses!);
        Assert.Equal(5_001, got.Updates);
    }

    // Nothing is repeated while a test lasts: a tick takes an hour.
    private async Task<RunReport> RunAsync(IReadOnlyList<byte[]> pieces, Action<Submit, Action<IWireMessage>> onSubmit)
    {
        using var system = AkkaSystem.CreateMember(new XClassFlow.Cluster.Membership.ClusterSettings(), null, null);
        system.ActorOf(Props.Create(() => new Manager(pieces, _heard, onSubmit)), Actors.ManagerName);
        var cluster = Akka.Cluster.Cluster.Get(system);
        await cluster.JoinAsync(cluster.SelfAddress).WaitAsync(TestCluster.Patience);
        await TestCluster.UntilAsync(() => cluster.SelfMember.Status == Akka.Cluster.MemberStatus.Up, "one member");

        var timing = new ControlTiming { Tick = TimeSpan.FromHours(1) };
        var result = new TaskCompletionSource<RunReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        var spec = new RunSpec("id", "r", "", null, false, true);
        system.ActorOf(Props.Create(() => new RunSubmitter(spec, _watcher, result, timing, TimeProvider.System)));
        try
        {
            return await result.Task.WaitAsync(TestCluster.Patience);
        }
        finally
        {
            await system.Terminate();
        }
    }

    private static IReadOnlyList<byte[]> Pieces(int updates, params double[] losses) => ReportPieces.Cut(RunReportFile.ToJson(Report(updates, losses)));

    private static RunReport Report(int updates, double[] losses) => new()
    {
        Run = "r", Command = "train", Outcome = RunOutcome.Completed, Classes = 1, WorldSize = 1, Updates = updates, Samples = 10 * updates, Losses = losses,
    };

    // The loss of a step is its number.
    private static Progress Steps(string run, long incarnation, params int[] steps) => new(
        run, incarnation, [.. steps.Select(s => new RunEvent(Step: new StepProgress(s, 10_000, 10 * s, s, 0, 0, 0, TimeSpan.Zero, null, [], 0, 10, "")))]);

    private sealed class Manager : ReceiveActor
    {
        public Manager(IReadOnlyList<byte[]> pieces, ConcurrentQueue<object> heard, Action<Submit, Action<IWireMessage>> onSubmit) =>
            Context.ActorOf(Props.Create(() => new Supervisor(pieces, heard, onSubmit)), Actors.SupervisorName);
    }

    // Answers as the real one does when a run is over.
    private sealed class Supervisor : ReceiveActor
    {
        public Supervisor(IReadOnlyList<byte[]> pieces, ConcurrentQueue<object> heard, Action<Submit, Action<IWireMessage>> onSubmit)
        {
            Receive<Submit>(m =>
            {
                heard.Enqueue(m);
                var sender = Sender;
                sender.Tell(new Accepted(m.Run.Id, m.Run.Id));
                onSubmit(m, answer => sender.Tell(answer));
            });
            Receive<AskReport>(m =>
            {
                heard.Enqueue(m);
                Sender.Tell(new ReportPiece(m.Run, m.Piece, pieces.Count, pieces[m.Piece]));
            });
            Receive<GotReport>(m => Sender.Tell(new RunOver(m.Run, null)));
        }
    }
}
