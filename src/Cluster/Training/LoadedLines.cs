// What a run says of its input before it begins.
namespace XClassFlow.Cluster.Training;

/// <summary>Lines for people.</summary>
internal static class LoadedLines
{
    /// <param name="data">Samples; borrowed.</param>
    /// <param name="saved">What the run goes on from, or null; borrowed.</param>
    /// <param name="keepsOne">Whether the number of micro-batches was to be chosen, and is not.</param>
    public static IEnumerable<string> Of(DataSetPair data, Stages.Training.SavedRun? saved, bool keepsOne)
    {
        if (data.Train is { } train)
        {
            yield return $"training samples: {train.Name}, {train.Count:N0} of {train.Shape}, {train.Classes:N0} classes";
        }

        if (data.HeldOut is { } heldOut)
        {
            yield return $"held-out samples: {heldOut.Name}, {heldOut.Count:N0}";
        }

        if (keepsOne)
        {
            yield return "one micro-batch a step, because the backbone has batch norm: its number would change the result";
        }

        if (saved is not null)
        {
            yield return $"goes on from {saved.Path}, step {saved.NextStep:N0}";
        }
    }
}
