// What of a run is recorded.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>Recording of the messages that cross edges.</summary>
/// <param name="Directory">A new directory for the recording; empty: nothing is recorded.</param>
/// <param name="Edges">Edges ("backbone.embeddings"); empty: all but snapshots.</param>
/// <param name="Updates">Steps recorded, from the first; 0: all.</param>
public sealed record RecordingSettings(string Directory = "", IReadOnlyList<string>? Edges = null, long Updates = 0)
{
    public IReadOnlyList<string> Edges { get; init; } = Edges ?? [];

    public void Validate(string path)
        => SettingsCheck.Require(Updates >= 0, path, "updates", Updates, "write a number of steps, or 0 for all");
}
