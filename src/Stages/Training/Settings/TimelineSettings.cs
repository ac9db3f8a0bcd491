// Of which steps a timeline is made, and where it goes.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>A timeline: what every stage and every transfer between nodes did when. See docs/timeline.md.</summary>
/// <param name="File">File of the trace; on a cluster every node writes its own, with its number in the name. Empty: none is made.</param>
/// <param name="FromStep">First step, as progress counts them: the first of a run is 1.</param>
/// <param name="Steps">Number of steps.</param>
public sealed record TimelineSettings(string File = "", long FromStep = 1, int Steps = 10)
{
    public bool IsOn => File.Length > 0;

    public void Validate(string path)
    {
        SettingsCheck.Require(FromStep >= 1, path, "from-step", FromStep, "the first step is 1");
        SettingsCheck.Within(path, "steps", Steps, 1, 100_000, "10 are enough to see a pattern");
    }

    /// <summary>The file of one node of several: "trace.json" is "trace-node-2.json" on node 2.</summary>
    public string FileOf(int node)
        => Path.Combine(Path.GetDirectoryName(File) ?? "", $"{Path.GetFileNameWithoutExtension(File)}-node-{node}{Path.GetExtension(File)}");
}
