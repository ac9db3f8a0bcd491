// The samples of a run: what it trains on and what it is evaluated on.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>Opened and checked data sets. Owns both.</summary>
internal sealed class DataSetPair : IDisposable
{
    private DataSetPair(IDataSet? train, IDataSet? heldOut) => (Train, HeldOut) = (train, heldOut);

    public IDataSet? Train { get; }

    public IDataSet? HeldOut { get; }

    public SampleShape Shape => (Train ?? HeldOut)!.Shape;

    /// <param name="settings">Which.</param>
    /// <param name="evaluationSamples">Held-out samples to take, at equal distances; 0: all.</param>
    /// <exception cref="UserErrorException">A data set cannot be opened, or the two do not fit together.</exception>
    public static DataSetPair Open(DataSettings settings, long evaluationSamples)
    {
        var pair = new DataSetPair(Components.DataSets.Create(settings.Train, new DataSetSite(HeldOut: false)), OpenHeldOut(settings, evaluationSamples));
        try
        {
            pair.Check();
            return pair;
        }
        catch
        {
            pair.Dispose();
            throw;
        }
    }

    /// <summary>Only the held-out samples, for evaluation.</summary>
    public static DataSetPair OfHeldOut(IDataSet heldOut) => new(null, heldOut);

    public void Dispose()
    {
        Train?.Dispose();
        HeldOut?.Dispose();
    }

    private static IDataSet? OpenHeldOut(DataSettings settings, long samples) => settings.Test is { IsNull: false } test
        ? SubsetDataSet.Spread(Components.DataSets.Create(test, new DataSetSite(HeldOut: true)), samples)
        : null;

    private void Check()
    {
        if (Train!.Count == 0)
        {
            throw new UserErrorException("holds no samples", Train.Name, "give a data set with at least one");
        }

        if (HeldOut is null)
        {
            return;
        }

        if (HeldOut.Shape != Train.Shape)
        {
            throw new UserErrorException(
                $"has samples of {HeldOut.Shape}, but {Train.Name} has samples of {Train.Shape}", HeldOut.Name, "import both with the same size and channels");
        }

        if (HeldOut.Classes > Train.Classes)
        {
            throw new UserErrorException(
                $"has {HeldOut.Classes} classes, but {Train.Name} has {Train.Classes}", HeldOut.Name, "import both from the same list of classes");
        }
    }
}
