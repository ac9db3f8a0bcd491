// Follows a run: progress for the terminal, figures for the report.
using System.Diagnostics;
using System.Globalization;
using XClassFlow.Data;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Pipelining;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Training;
using GraphReport = XClassFlow.Stages.Reporting.GraphReport;

namespace XClassFlow.Cluster.Training;

/// <summary>Turns the supervisor's events into progress and the report. Called on the supervisor's thread; the report is made when the run is over.</summary>
internal sealed class RunMonitor : ISupervisorObserver
{
    private const int LossWindow = 50;

    /// <summary>Many of these cross in one message.</summary>
    private const int LongestWhy = 160;

    private readonly IRunObserver _observer;
    private readonly RunPlan _plan;
    private readonly long _epochSamples;
    private readonly Func<IReadOnlyList<(StageAddress Stage, double BusySeconds)>> _load;
    private readonly bool _keepLosses;
    private readonly Stopwatch _clock = new();
    private readonly StepTimes _times = new();
    private readonly List<double> _losses = [];
    private readonly Queue<double> _lastLosses = [];
    private readonly List<Stages.Reporting.EvaluationReport> _evaluations = [];
    private readonly List<AuditReport> _audits = [];
    private readonly List<long> _rebuilt = [];
    private readonly List<MicroBatchesReport> _microBatches = [];
    private readonly List<GradientTrialReport> _trials = [];
    private readonly ConvergenceLog _convergence = new();
    private TimeSpan _lastEvent;
    private TimeSpan _inEvaluations;
    private long? _ends;
    private long _samples;
    private double _activeSum;
    private double _ratioSum;
    private long _sparseUpdates;
    private double _updatedSum;

    public RunMonitor(
        IRunObserver observer, RunPlan plan, long epochSamples, Func<IReadOnlyList<(StageAddress Stage, double BusySeconds)>> load, bool keepLosses)
    {
        _observer = observer;
        _plan = plan;
        _epochSamples = epochSamples;
        _load = load;
        _keepLosses = keepLosses;
    }

    /// <summary>Path of the last checkpoint, if one was written.</summary>
    public string? LastCheckpoint { get; private set; }

    /// <summary>Steps done, those left out included.</summary>
    public long Updates => _times.Count;

    /// <summary>Whether the run's last step was planned as such: it was not cut short.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Starts the clock: from here on the graph runs.</summary>
    public void Begin() => _clock.Start();

    /// <exception cref="RunFailureException">The loss is not finite and the step was applied: the weights are lost, so no later step and no checkpoint of them is worth anything.</exception>
    public void Stepped(StepRecord step)
    {
        if (!double.IsFinite(step.Loss) && step.Outcome.Applied)
        {
            throw Diverged(step);
        }

        var now = _clock.Elapsed;
        _times.Add(now - _lastEvent);
        _lastEvent = now;
        _samples += step.Plan.GlobalBatch;
        _activeSum += step.ActiveClasses;
        _ratioSum += step.Plan.GradientRatio;
        _sparseUpdates += step.Plan.GradientPath == GradientPath.Sparse ? 1 : 0;
        if (step.Plan.GraphRenewal == Stages.Selection.GraphRenewal.LowRecall)
        {
            _rebuilt.Add(step.Plan.Step + 1);
        }

        _updatedSum += step.UpdatedClasses;
        _convergence.Add(step);
        if (step.Outcome.Applied)
        {
            _lastLosses.Enqueue(step.Loss);
            if (_lastLosses.Count > LossWindow)
            {
                _lastLosses.Dequeue();
            }
        }
        else
        {
            NoteLeftOut(step);
        }

        if (_keepLosses)
        {
            _losses.Add(step.Loss);
        }

        var training = (now - _inEvaluations).TotalSeconds;
        var updates = UpdatesAfter(step.Plan);
        _observer.Step(new StepProgress(
            step.Plan.Step + 1,
            updates,
            _samples,
            step.Loss,
            step.Top1,
            step.Plan.BackboneRate,
            _samples / training,
            now,
            TimeSpan.FromSeconds(training / _samples * step.Plan.GlobalBatch * (updates - step.Plan.Step - 1)),
            Load(now),
            step.Plan.HeadRate,
            step.Plan.GlobalBatch,
            step.Why.Length > LongestWhy ? step.Why[..LongestWhy] : step.Why));
    }

    public void GradientsChosen(SparsificationChoice choice)
    {
        _trials.Add(new GradientTrialReport(choice.Ratio, choice.Sparse, choice.WholeSeconds * 1e3, choice.SparseSeconds * 1e3));
        _observer.Note(choice.ToString());
    }

    public void MicroBatchesChosen(MicroBatchChoice choice)
    {
        _microBatches.Add(new MicroBatchesReport(choice.Path.ToString().ToLowerInvariant(), choice.Count, choice.Tried, [.. choice.Seconds.Select(s => s * 1e3)]));
        _observer.Note(choice.ToString());
    }

    public void Ending(long updates, string? why)
    {
        HasEnded = true;
        _ends = updates;
        _convergence.Ended = why;
        if (why is not null)
        {
            _observer.Note($"step {updates:N0} is the last one: {why}");
        }
    }

    public void Evaluated(Stages.Training.EvaluationReport evaluation)
    {
        var now = _clock.Elapsed;
        var seconds = (now - _lastEvent).TotalSeconds;
        _inEvaluations += now - _lastEvent;
        _lastEvent = now;
        var epoch = _epochSamples > 0 ? (_plan.FirstSample + _samples) / (double)_epochSamples : 0;
        _evaluations.Add(new(evaluation.Step, epoch, evaluation.Top1, evaluation.Top5, evaluation.Samples, seconds));
        _observer.Evaluated(new EvaluationResult(evaluation.Step, epoch, evaluation.Top1, evaluation.Top5, evaluation.Samples, seconds));
    }

    public void Audited(AuditResult audit) => _audits.Add(new(
        audit.Step + 1, audit.Samples, audit.ExactLoss, audit.ActiveLoss, audit.GraphStep, audit.Recall, audit.DriftMean, audit.DriftLargest, audit.Alarm));

    public void Checkpointed(long step, string path)
    {
        _lastEvent = _clock.Elapsed;
        LastCheckpoint = path;
        _observer.Checkpointed(step, path);
    }

    /// <summary>The report of the run so far.</summary>
    public RunReport ToReport(RunSettings settings, string command, long classes, RunOutcome outcome, (double Seconds, double Recall)? graph)
    {
        var last = _evaluations.LastOrDefault();
        var evaluated = _evaluations.Sum(e => e.Samples);
        var seconds = (_clock.Elapsed - (Updates > 0 ? _inEvaluations : TimeSpan.Zero)).TotalSeconds;
        var samples = Updates > 0 ? _samples : evaluated;
        var active = settings.ActiveClasses;
        var all = active.Mode == Stages.Selection.SelectionMode.All;
        var (budget, share) = active.At(progress: 1);
        var group = active.GroupOf(settings.Schedule.Batch, budget, share);
        return new RunReport
        {
            Run = settings.Name,
            Command = command,
            Outcome = outcome,
            Classes = classes,
            WorldSize = 1,
            Updates = Updates,
            Samples = samples,
            SamplesPerSecond = samples / Math.Max(seconds, 1e-9),
            StepMs = _times.ToReport(),
            PeakRssBytes = Process.GetCurrentProcess().PeakWorkingSet64,
            CpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds,
            TrainLoss = _lastLosses.Count > 0 ? _lastLosses.Average() : null,
            Eval = last is null ? null : new AccuracyReport(last.Top1, last.Top5, last.Samples),
            Evaluations = [.. _evaluations],
            ActiveClasses = Updates == 0 ? null : new ActiveClassesReport(
                active.Mode.ToString().ToLowerInvariant(),
                all ? classes : active.Budget,
                _activeSum / Updates,
                all || group == settings.Schedule.Batch ? null : group,
                _updatedSum / Updates,
                active.UsesGraph && active.RebuildBelow > 0 ? [.. _rebuilt] : null),
            Audits = Updates == 0 || settings.ActiveClasses.AuditEvery == 0 ? null : [.. _audits],
            Gradients = Updates == 0 || !settings.Sparsifier.IsOn ? null : new GradientsReport("top-k", _sparseUpdates, _ratioSum / Updates, settings.Sparsifier.Auto ? [.. _trials] : null),
            MicroBatches = Updates == 0 || _plan.MicroBatchCandidates is null ? null : [.. _microBatches],
            Graph = graph is { } builds ? new GraphReport(active.Neighbours, builds.Seconds, builds.Recall) : null,
            Convergence = _convergence.ToReport(),
            Seed = (ulong)settings.Seed,
            Versions = RunVersions.Collect(),
            Losses = _keepLosses ? [.. _losses] : null,
        };
    }

    // Where the batch grows, fewer updates are left than planned.
    private long UpdatesAfter(StepPlan plan)
    {
        if (_ends is { } last)
        {
            return last;
        }

        if (plan.GlobalBatch == _plan.GlobalBatch)
        {
            return _plan.Updates;
        }

        // This step and those after it, if all are of its size.
        var samples = Math.Max(_plan.Samples, _plan.Updates * _plan.GlobalBatch) - plan.FirstSample;
        return Math.Min(_plan.Updates, plan.Step + Math.Max(1, (samples + plan.GlobalBatch - 1) / plan.GlobalBatch));
    }

    // The first of many in a row, and then ever fewer.
    private void NoteLeftOut(StepRecord step)
    {
        if (long.IsPow2(_convergence.LeftOut))
        {
            _observer.Note(string.Create(CultureInfo.InvariantCulture, $"step {step.Plan.Step + 1} was left out: its loss is {step.Loss:G4}; {_convergence.LeftOut} left out so far"));
        }
    }

    private RunFailureException Diverged(StepRecord step)
    {
        var back = LastCheckpoint is { } checkpoint ? $", or go on from {checkpoint} with lower ones" : "";
        return new RunFailureException(string.Create(
            CultureInfo.InvariantCulture,
            $"step {step.Plan.Step + 1}: the loss is {step.Loss}; look at the samples, or lower the learning rates (backbone {step.Plan.BackboneRate:G4}, head {step.Plan.HeadRate:G4} in this step){back}"));
    }

    private StageLoad[] Load(TimeSpan now)
        => [.. _load().Where(l => l.BusySeconds > 0).Select(l => new StageLoad(l.Stage.ToString(), l.BusySeconds / now.TotalSeconds))];
}
