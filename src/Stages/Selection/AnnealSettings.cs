// Settings of a run that begins with other active classes than it ends with.
using XClassFlow.Data;

namespace XClassFlow.Stages.Selection;

/// <summary>M and the share of neighbours in the first update; both go in a straight line to what the run has otherwise.</summary>
/// <param name="Budget">M of the first update; null: as later.</param>
/// <param name="NeighbourShare">Mode mix: share of neighbours in the first update; null: as later.</param>
/// <param name="Until">Part of the run (of its samples, or of its updates where these are given) after which both are as configured.</param>
public sealed record AnnealSettings(long? Budget = null, double? NeighbourShare = null, double Until = 0.5)
{
    /// <summary>Whether anything changes in the course of a run.</summary>
    public bool IsOn => Budget is not null || NeighbourShare is not null;

    public void Validate(string path)
    {
        SettingsCheck.Require(Budget is null or >= 1, path, "budget", Budget ?? 0, "write the active classes of the first update, or null for as many as later");
        SettingsCheck.Within(path, "neighbour-share", NeighbourShare ?? 0, 0, 1);
        SettingsCheck.Require(Until is > 0 and <= 1, path, "until", Until, "write a part of the run, such as 0.5, at most 1");
    }

    /// <summary>What a step of the run has.</summary>
    /// <param name="budget">M later.</param>
    /// <param name="share">The neighbours' share later.</param>
    /// <param name="progress">Part of the run that is done before it, 0 to 1.</param>
    internal (long Budget, double NeighbourShare) At(long budget, double share, double progress)
    {
        var left = Math.Clamp(1 - (progress / Until), 0, 1);
        return (budget + (long)Math.Round(left * ((Budget ?? budget) - budget)), share + (left * ((NeighbourShare ?? share) - share)));
    }
}
