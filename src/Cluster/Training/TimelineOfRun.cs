// The timeline of a run.
using XClassFlow.Data;
using XClassFlow.Stages.Timelines;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>Checks that a timeline can be written before a run takes hours to make it.</summary>
internal static class TimelineOfRun
{
    /// <param name="settings">Which steps, and the file.</param>
    /// <param name="plan">The run's schedule.</param>
    /// <returns>Null where none is wanted, or nothing is trained.</returns>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static Timeline? Create(TimelineSettings settings, RunPlan plan)
    {
        if (!settings.IsOn || !plan.HasSteps)
        {
            return null;
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(settings.File));
        return Directory.Exists(folder) && !Directory.Exists(settings.File)
            ? new Timeline(settings, plan)
            : throw new UserErrorException($"'{settings.File}' cannot be written: no folder '{folder}', or it is one itself", "xclassflow.timeline.file", "name a file in a folder that exists");
    }
}
