// Plans every step, collects the reports, and decides when the run is over.
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Pipelining;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Training;

/// <summary>
/// One plan down to every rank per step, one report up from each. Plans run ahead of the reports by a fixed number of steps, so that what the convergence policy
/// knows when it decides does not depend on timing. A checkpoint is a barrier: the next step is planned when it is on disk.
/// </summary>
public sealed class Supervisor : Stage
{
    private readonly RunPlan _run;
    private readonly IConvergencePolicy _policy;
    private readonly GraphSchedule _graphs;
    private readonly SparsificationPlan _sparsification;
    private readonly MicroBatchPlan _microBatches;
    private readonly ISupervisorObserver _observer;
    private readonly CancellationToken _stop;
    private readonly Queue<(StepPlan Plan, string Why)> _open = [];
    private readonly Outlet<PlanMessage> _plans;
    private readonly Outlet<SupervisorState> _state;
    private readonly Queue<long> _audits = [];
    private readonly Queue<StepOutcome> _outcomes = [];
    private readonly Queue<(StepPlan Plan, double Seconds, bool Applied)> _durations = [];
    private readonly Queue<IReadOnlyList<BackboneReport>> _backboneReports = [];
    private readonly Queue<IReadOnlyList<HeadReport>> _headReports = [];
    private CancellationTokenRegistration _stopRegistration;
    private long _nextStep;
    private long _nextSample;
    private bool _evaluationDue;
    private int _evaluationsOpen;
    private StepPlan? _unsaved;
    private bool _checkpointOpen;
    private bool _checkpointDue;
    private bool _last;
    private string? _lastCheckpoint;

    /// <param name="run">The fixed schedule.</param>
    /// <param name="policy">Decides rates and micro-batches; taken over.</param>
    /// <param name="graphs">Decides when class graphs are built; taken over.</param>
    /// <param name="observer">Told about everything; called on this stage's thread.</param>
    /// <param name="stop">Asks for an orderly end: one more step, with a checkpoint where checkpoints are on.</param>
    public Supervisor(RunPlan run, IConvergencePolicy policy, GraphSchedule graphs, ISupervisorObserver observer, CancellationToken stop)
    {
        _run = run;
        _policy = policy;
        _graphs = graphs;
        _sparsification = new SparsificationPlan(run.Sparsifier, run.EpochSamples, run.SparsifierState);
        _microBatches = new MicroBatchPlan(run.MicroBatchCandidates, run.MicroBatchState);
        _observer = observer;
        _stop = stop;
        _nextStep = run.FirstStep;
        _nextSample = run.FirstSample;
        _lastCheckpoint = run.From;
        _last = !run.HasSteps;
        _evaluationDue = (_last || run.EvaluationDue) && run.HeldOutSamples > 0;
        Gather<HeadReport>("head_reports", OnHeadReports, feedback: true);
        Gather<BackboneReport>("backbone_reports", OnBackboneReports, feedback: true);
        In<EvaluationReport>("evaluations", OnEvaluation, feedback: true);
        In<AuditResult>("audits", OnAudit, feedback: true);
        In<SnapshotWritten>("written", OnWritten, feedback: true);
        _plans = Out<PlanMessage>("plans");
        _state = Out<SupervisorState>("state");
    }

    public override bool CanProduce => !_checkpointOpen && (_evaluationDue || CanPlanStep);

    public override bool IsFinished => !CanProduce && _open.Count == 0 && _evaluationsOpen == 0 && _audits.Count == 0 && !_checkpointOpen;

    private bool CanPlanStep => !_last && _open.Count <= Ahead(_nextStep) && !_graphs.MustWait(_nextStep, _audits.TryPeek(out var audit) ? audit : null);

    public override void Start() => _stopRegistration = _stop.Register(Context.Wake);

    public override void Produce()
    {
        if (_evaluationDue)
        {
            PlanEvaluation();
        }
        else
        {
            PlanStep();
        }
    }

    protected override void Dispose(bool disposing)
    {
        _stopRegistration.Dispose();
        base.Dispose(disposing);
    }

    // The first steps of a run go one by one: what the loss of the first one is, a policy must know before it can tell a bad one.
    private long Ahead(long step) => step <= _run.Lookahead ? 0 : _run.Lookahead;

    private void PlanStep()
    {
        // However many reports have come in by now: the policy knows those of the steps up to lookahead + 1 ago, no more and no less.
        Observe(until: _nextStep - 1 - Ahead(_nextStep));
        var decision = _policy.Decide(_nextStep);
        if (decision.Failure is { } failure)
        {
            throw new TroubleException(_nextStep, failure, _lastCheckpoint);
        }

        var (budget, neighbourShare) = _run.ActiveClasses.At(_run.Progress(_nextStep, _nextSample));
        var (path, ratio) = _sparsification.Next(_nextSample);
        var (microBatches, globalBatch) = _run.BatchOf(decision.MicroBatches, _nextSample, _microBatches.Next(path, measures: !_sparsification.IsOnTrial));
        var (done, samples) = (_nextStep + 1, _nextSample + globalBatch);

        // The last step of a run ends it anyhow, with all that belongs to its end.
        var ends = _run.IsOver(done, samples) || decision.End is not null;
        var stopping = !ends && _stop.IsCancellationRequested;
        _last = ends || stopping;
        _checkpointDue |= _run.IsCheckpointDue(done);
        var checkpoint = _run.Checkpoints && (_last || (_checkpointDue && !decision.DefersCheckpoint));

        // A graph of the rows after the last step is for a run that goes on from its checkpoint.
        var (graphStep, renewal) = _graphs.Next(_nextStep, renews: !_last || checkpoint);
        var evaluate = !stopping && _run.HeldOutSamples > 0 && (ends || _run.IsEvaluationDue(_nextSample, samples));
        var plan = new StepPlan(
            _nextStep,
            StepPhase.Train,
            _nextSample,
            globalBatch,
            microBatches,
            decision.BackboneRate,
            decision.HeadRate,
            budget,
            checkpoint,
            SyncStatistics: checkpoint || evaluate,
            path,
            ratio,
            decision.Guarded,
            decision.LossCeiling,
            decision.MeasuresNoise,
            _run.IsAuditDue(done),
            graphStep,
            renewal,
            _graphs.PendingGraphStep,
            renewal == GraphRenewal.None && _graphs.NextGraphStep != graphStep ? _graphs.NextGraphStep : null,
            neighbourShare);
        if (plan.Audit)
        {
            _audits.Enqueue(plan.Step);
        }

        if (renewal == GraphRenewal.LowRecall)
        {
            Context.Note($"the class graph is built anew after update {done}: an audit found less recall than rebuild-below");
        }

        (_nextStep, _nextSample) = (done, samples);
        _open.Enqueue((plan, decision.Why));
        _checkpointOpen = checkpoint;
        _checkpointDue &= !checkpoint;
        _evaluationDue = evaluate;
        if (ends)
        {
            _observer.Ending(done, decision.End);
        }

        _plans.Send(new PlanMessage(plan.Step, 0, plan));
    }

    private void PlanEvaluation()
    {
        _evaluationDue = false;
        _evaluationsOpen++;
        var batches = (_run.HeldOutSamples + _run.EvaluationBatch - 1) / _run.EvaluationBatch;
        _plans.Send(new PlanMessage(
            _nextStep, 0, new StepPlan(_nextStep, StepPhase.Evaluate, 0, _run.HeldOutSamples, batches, 0, 0, 0, Checkpoint: false)));
    }

    private void OnHeadReports(IReadOnlyList<HeadReport> reports)
    {
        _headReports.Enqueue(reports);
        EndStepIfReported();
    }

    private void OnBackboneReports(IReadOnlyList<BackboneReport> reports)
    {
        _backboneReports.Enqueue(reports);
        EndStepIfReported();
    }

    private void EndStepIfReported()
    {
        if (_headReports.Count == 0 || _backboneReports.Count == 0)
        {
            return;
        }

        var (plan, why) = _open.Dequeue();
        var (heads, backbones) = (_headReports.Dequeue(), _backboneReports.Dequeue());
        if (heads[0].Step != plan.Step || backbones[0].Step != plan.Step)
        {
            throw new InvalidOperationException($"step {plan.Step} is open, but reports came for {heads[0].Step} and {backbones[0].Step}");
        }

        var outcome = StepMeasures.Of(plan, heads, backbones);
        _outcomes.Enqueue(outcome);
        _durations.Enqueue((plan, backbones.Max(r => r.Seconds), outcome.Applied));
        _observer.Stepped(new StepRecord(plan, why, heads[0].Top1, heads.Sum(r => r.ActiveRows), heads.Sum(r => r.UpdatedRows), outcome));
        if (plan.Checkpoint)
        {
            // A checkpoint is a barrier in the uninterrupted run too, so here the policy may know everything.
            Observe(until: plan.Step);
            _unsaved = plan;
            SaveIfAudited();
        }
    }

    // The state holds what audits found, so it waits for those that are open.
    private void SaveIfAudited()
    {
        if (_unsaved is { } plan && _audits.Count == 0)
        {
            _unsaved = null;
            _state.Send(new SupervisorState(
                plan.Step, 0, plan.FirstSample + plan.GlobalBatch, _policy.SaveState().GetRawText(), _sparsification.SaveState(), _graphs.SaveState(), _microBatches.SaveState(),
                _run.IsEvaluationDue(plan.FirstSample, plan.FirstSample + plan.GlobalBatch)));
        }
    }

    private void Observe(long until)
    {
        while (_outcomes.TryPeek(out var outcome) && outcome.Step <= until)
        {
            _policy.Observe(_outcomes.Dequeue());
        }

        while (_durations.TryPeek(out var duration) && duration.Plan.Step <= until)
        {
            _durations.Dequeue();
            if (_sparsification.Observe(duration.Plan.GradientPath, duration.Seconds, duration.Applied) is { } gradients)
            {
                _observer.GradientsChosen(gradients);
            }

            if (_microBatches.Observe(duration.Seconds, duration.Plan.GlobalBatch) is { } choice)
            {
                _observer.MicroBatchesChosen(choice);
            }
        }
    }

    private void OnEvaluation(EvaluationReport report)
    {
        _evaluationsOpen--;
        _observer.Evaluated(report);
    }

    private void OnAudit(AuditResult result)
    {
        if (_audits.Dequeue() != result.Step)
        {
            throw new InvalidOperationException($"the audit of step {result.Step} came out of turn");
        }

        _graphs.Observe(result.Step, result.GraphStep, result.Recall);
        _observer.Audited(result);
        SaveIfAudited();
    }

    private void OnWritten(SnapshotWritten written)
    {
        _checkpointOpen = false;
        _lastCheckpoint = written.Path;
        _observer.Checkpointed(written.Step, written.Path);
    }
}
