// A node's part of a fake run.
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Membership;

internal sealed class FakeRun(FakeTraining training, FakeRuntime runtime, string name, RunLayout layout, int self, INodeEvents events) : INodeRun
{
    public long Classes => training.Classes;

    public long FirstStep { get; } = layout.Incarnation > 1 || layout.Run.Resume ? Interlocked.Read(ref training.Checkpoint) : 0;

    public long FirstSample => FirstStep * training.SamplesPerStep;

    public long BytesSent => 100;

    public Task ConnectAsync(ILaneEndpoint lane, CancellationToken cancel)
    {
        training.Connected.Enqueue((layout.Incarnation, training.Loaded.Count(l => l.Incarnation == layout.Incarnation)));
        return Task.CompletedTask;
    }

    public async Task<string?> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        if (self != 0)
        {
            await FailOrAsync(training.EndOf(layout.Incarnation).Task, abort);
            if (training.Late.TryGetValue(name, out var late))
            {
                await FailOrAsync(late.Task, abort);
            }

            return null;
        }

        events.Started(new RunStarted(layout.Run.Name, Classes, 1, training.Updates - FirstStep, training.SamplesPerStep, []));
        var losses = new List<double>();
        for (var step = FirstStep; step < training.Updates && !stop.IsCancellationRequested; step++)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
            try
            {
                await FailOrAsync(training.NextAsync(either.Token), abort);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested && !abort.IsCancellationRequested)
            {
                break;
            }
            finally
            {
                // A step that a failing part waited for is left to the next one.
                await either.CancelAsync();
            }

            abort.ThrowIfCancellationRequested();
            if (layout.Nodes.Any(n => training.Gone.ContainsKey(n.Lane)))
            {
                // A step needs all nodes.
                training.Allow(1);
                await Task.Delay(Timeout.Infinite, abort);
            }

            training.Made.Enqueue((layout.Incarnation, step + 1));
            losses.Add(1.0 / (step + 1) + (layout.Incarnation * 1e-6));
            events.Step(new StepProgress(
                step + 1, training.Updates, (step + 1 - FirstStep) * training.SamplesPerStep, losses[^1], 0.5, 0.1, 100, TimeSpan.FromSeconds(step), null, [new StageLoad("backbone", 0.5)], 0.2, 10, ""));
            if ((step + 1) % training.CheckpointEvery == 0)
            {
                Interlocked.Exchange(ref training.Checkpoint, step + 1);
                events.Checkpointed(step, "somewhere");
            }
        }

        if (stop.IsCancellationRequested)
        {
            // An orderly end writes a checkpoint of its last step.
            Interlocked.Exchange(ref training.Checkpoint, FirstStep + losses.Count);
        }

        training.EndOf(layout.Incarnation).TrySetResult();
        return RunReportFile.ToJson(new RunReport
        {
            Run = layout.Run.Name,
            Command = "train",
            Outcome = stop.IsCancellationRequested && FirstStep + losses.Count < training.Updates ? RunOutcome.Interrupted : RunOutcome.Completed,
            Classes = Classes,
            WorldSize = layout.Nodes.Count,
            Updates = losses.Count,
            Samples = losses.Count * training.SamplesPerStep,
            Losses = layout.Run.ReportLosses ? losses : null,
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (training.Stubborn.TryGetValue(name, out var release))
        {
            await release.Task;
        }

        Interlocked.Decrement(ref runtime.Alive);
    }

    // A failure that the test sets wins over waiting.
    private async Task FailOrAsync(Task waiting, CancellationToken abort)
    {
        while (!waiting.IsCompleted)
        {
            if (training.RunFailures.TryRemove(name, out var failure))
            {
                throw failure;
            }

            await Task.WhenAny(waiting, Task.Delay(20, abort));
            abort.ThrowIfCancellationRequested();
        }

        await waiting;
    }
}
