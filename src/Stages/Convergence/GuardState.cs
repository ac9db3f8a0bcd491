// What the guard remembers from step to step.
namespace XClassFlow.Stages.Convergence;

/// <summary>Goes into checkpoints as JSON.</summary>
internal sealed record GuardState
{
    /// <summary>Loss of the first step; null before it.</summary>
    public double? First { get; init; }

    /// <summary>Smoothed loss of applied steps.</summary>
    public double Smoothed { get; init; }

    /// <summary>Steps that are in it: until they are a window's, their plain mean.</summary>
    public long Averaged { get; init; }

    /// <summary>Lowest smoothed loss since the last drift.</summary>
    public double Lowest { get; init; } = double.PositiveInfinity;

    /// <summary>Steps applied since the last drift.</summary>
    public long Seen { get; init; }

    /// <summary>What the rates are multiplied by.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Troubles since the factor was 1.</summary>
    public int Troubles { get; init; }

    /// <summary>The last of them, in words.</summary>
    public string Trouble { get; init; } = "";

    /// <summary>Whether it was a rise of the smoothed loss: then weights were changed for the worse, unlike by a step that was left out.</summary>
    public bool Drifts { get; init; }

    /// <summary>First step that may count as another trouble.</summary>
    public long QuietUntil { get; init; }

    /// <summary>Steps left out in a row.</summary>
    public int LeftOut { get; init; }

    /// <summary>Lowest smoothed loss of the whole run, and the step it was reached in.</summary>
    public double Best { get; init; } = double.PositiveInfinity;

    /// <summary>See <see cref="Best"/>.</summary>
    public long BestStep { get; init; }
}
