// The update of one step on one rank: which segments have theirs, and whether it is made at all.
using XClassFlow.Stages.Sparsification;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// From the end of a step's backward pass until its last reduced gradient is there. A segment is updated as soon as the step is decided and its own gradient has come, whatever the others do.
/// Holds one step at a time; owns the gradients. Belongs to the stage's thread.
/// </summary>
/// <param name="replica">What is updated; borrowed.</param>
/// <param name="ranks">R.</param>
/// <param name="keep">Takes a tensor out of the current call.</param>
/// <param name="decided">Told whether a guarded step is applied that the head has not left out.</param>
internal sealed class StepUpdate(BackboneReplica replica, int ranks, Func<Tensor, Tensor> keep, Action<StepPlan, bool> decided) : IDisposable
{
    private readonly bool[] _updated = new bool[replica.Backbone.Segments.Count];
    private StepPlan? _plan;

    /// <summary>The gradients of the step under way: of its backward pass, and of its update.</summary>
    public StepGradients Gradients { get; } = new(replica.Backbone.Segments.Count, keep);

    /// <summary>Whether a step's update is under way.</summary>
    public bool IsOpen => _plan is not null;

    /// <summary>The step's plan.</summary>
    /// <exception cref="InvalidOperationException">No update is under way.</exception>
    public StepPlan Plan => _plan ?? throw new InvalidOperationException("no step waits for its update");

    /// <summary>Whether the step is applied; null while that is open.</summary>
    public bool? Applied { get; private set; }

    /// <summary>Whether the step is decided and all of its reduced gradients have come.</summary>
    public bool IsComplete => Applied is not null && Gradients.AreReduced;

    /// <summary>Begins with a step whose backward pass is over.</summary>
    public void Begin(StepPlan plan)
    {
        if (IsOpen)
        {
            throw new InvalidOperationException($"the update of step {Plan.Step} is not over, that of step {plan.Step} must not begin");
        }

        (_plan, Applied) = (plan, plan.Guarded ? null : true);
    }

    /// <summary>Whether the next step may use a segment: it has been updated, or none is under way.</summary>
    public bool IsReady(int segment) => !IsOpen || _updated[segment];

    /// <summary>Whether the batch has one part only, so that its noise shows between steps.</summary>
    public bool IsOnlyPart(StepPlan plan) => ranks == 1 && plan.MicroBatches == 1;

    /// <summary>Takes a reduced gradient over, and updates its segment if the step is decided.</summary>
    /// <param name="number">The segment.</param>
    /// <param name="gradient">float32 [n].</param>
    /// <param name="corrected">Whether it has the momentum in it.</param>
    public void Reduced(int number, Tensor gradient, bool corrected)
    {
        var plan = Plan;
        using var noGrad = no_grad();
        Gradients.Reduced(number, gradient, corrected);
        UpdateIfDue(number);
        if (!Gradients.AreReduced)
        {
            return;
        }

        if (plan.MeasuresNoise && IsOnlyPart(plan) && Gradients.IsFinite)
        {
            Gradients.Compare(plan.Step);
        }

        if (Applied is null && !AsksRanks(plan))
        {
            Decide(Gradients.IsFinite);
        }
    }

    /// <summary>Hears what all ranks say of their gradients, and decides.</summary>
    /// <param name="checks">One of every rank.</param>
    public void Hear(IReadOnlyList<GradientCheck> checks)
    {
        var step = checks[0].Step;
        if (!IsOpen || Plan.Step != step || !AsksRanks(Plan) || Applied is not null)
        {
            throw new InvalidOperationException($"the ranks say what the gradients of step {step} are, which does not wait for that");
        }

        Decide(checks.All(c => c.Sound));
    }

    /// <summary>Leaves the step out: all that its passes did is taken back.</summary>
    public void LeaveOut()
    {
        Applied = false;
        Gradients.Forget();
        replica.TakeBack();
    }

    /// <summary>What the step was.</summary>
    /// <param name="seconds">Since the step before.</param>
    public BackboneReport Report(double seconds) => new(
        Plan.Step,
        0,
        Math.Sqrt(Gradients.SquaredNorm),
        seconds,
        Applied == true,
        Gradients.Norms,
        Gradients.PartSquares,
        Gradients.Parts,
        Gradients.Product,
        Applied == true ? replica.TrustRatios : null);

    /// <summary>Makes ready for the next step.</summary>
    public void End()
    {
        Gradients.Clear();
        Array.Clear(_updated);
        (_plan, Applied) = (null, null);
    }

    public void Dispose() => Gradients.Dispose();

    // Sparse gradients are not what was looked at, but what had waited; and one rank need not ask itself. Then the reduced gradients say it, when all have come.
    private bool AsksRanks(StepPlan plan) => plan.GradientPath != GradientPath.Sparse && ranks > 1;

    private void Decide(bool applied)
    {
        decided(Plan, applied);
        if (!applied)
        {
            LeaveOut();
            return;
        }

        Applied = true;
        replica.Forget();
        for (var i = 0; i < _updated.Length; i++)
        {
            UpdateIfDue(i);
        }
    }

    private void UpdateIfDue(int number)
    {
        if (Applied == true && Gradients.ReducedOf(number) is { } reduced)
        {
            if (Plan.Guarded && !Gradients.IsFiniteAt(number))
            {
                throw new InvalidOperationException(
                    $"the reduced gradient of segment {number} of step {Plan.Step} is no number, though that of every rank was: a stage at an edge behind the all-reduce changes it");
            }

            using var noGrad = no_grad();
            replica.Update(number, reduced.Gradient, reduced.Corrected, Plan.BackboneRate);
            _updated[number] = true;
        }
    }
}
