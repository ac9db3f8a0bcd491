// Writes predictions to an Arrow file.
using XClassFlow.Data.Predictions;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>The sink of merged top-k lists. The file appears when all are written.</summary>
internal sealed class PredictionSink : SinkStage<Prediction>
{
    private readonly PredictionWriter _writer;

    /// <param name="path">The file to write.</param>
    public PredictionSink(string path) => _writer = new PredictionWriter(path);

    public override bool HasSideEffects => true;

    public override void Complete() => _writer.Commit();

    protected override void Process(Prediction message)
    {
        using var scores = message.Scores.contiguous();
        using var classes = message.Classes.contiguous();
        _writer.Add(message.Labels.data<long>().ToArray(), (int)message.Scores.shape[1], classes.data<long>().ToArray(), scores.data<float>().ToArray());
    }

    protected override void Dispose(bool disposing)
    {
        _writer.Dispose();
        base.Dispose(disposing);
    }
}
