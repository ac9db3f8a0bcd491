// The outcome of replaying one stage instance.
using System.Globalization;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Replay;

/// <summary>Outcome of a replay.</summary>
/// <param name="Stage">The instance.</param>
/// <param name="Messages">Messages compared.</param>
/// <param name="Difference">The first difference with edge, step, micro-batch and size; null when there is none.</param>
public sealed record StageComparison(StageAddress Stage, long Messages, string? Difference)
{
    /// <summary>Whether the stage was not run because it touches files.</summary>
    public bool LeftOut { get; init; }

    public bool Same => Difference is null;

    public override string ToString() => LeftOut
        ? $"{Stage}: left out, it writes files"
        : Difference is null ? string.Create(CultureInfo.InvariantCulture, $"{Stage}: {Messages:N0} messages, no difference") : $"{Stage}: differs at {Difference}";
}
