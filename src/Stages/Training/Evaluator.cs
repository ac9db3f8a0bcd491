// Merges the shards' candidates of an evaluation pass and counts hits.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Top-1, top-5 and exact loss over all N classes, from the candidates of all shards; passes the first K of the merged candidates on as predictions.</summary>
public sealed class Evaluator : Stage
{
    private readonly int _topK;
    private readonly Outlet<EvaluationReport> _reports;
    private readonly Outlet<Prediction> _predictions;
    private long _samples;
    private long _top1;
    private long _top5;
    private double _loss;

    /// <param name="topK">K, predictions per sample. The shards' candidates must be at least 5, or as many as there are classes.</param>
    public Evaluator(int topK)
    {
        _topK = topK;
        Gather<Candidates>("candidates", OnCandidates);
        _reports = Out<EvaluationReport>("reports");
        _predictions = Out<Prediction>("predictions");
    }

    private void OnCandidates(IReadOnlyList<Candidates> parts)
    {
        var first = parts[0];
        var (scores, classes) = ClassScores.Merge(cat([.. parts.Select(p => p.Scores)], 1), cat([.. parts.Select(p => p.Classes)], 1), Math.Max(TrainingGraph.DefaultTopK, _topK));
        var hits = classes == first.Labels.unsqueeze(1);
        var known = first.Labels.ge(Scalars.Of(0));
        _samples += known.sum().item<long>();
        _top1 += hits.narrow(1, 0, 1).sum().item<long>();
        _top5 += hits.narrow(1, 0, Math.Min(TrainingGraph.DefaultTopK, hits.shape[1])).sum().item<long>();
        var reduction = SoftmaxReduction.Of([.. parts.Select(p => p.Statistics)]);
        _loss += ((reduction.LogSum - reduction.Target) * known.to(ScalarType.Float32)).sum(ScalarType.Float64).item<double>();
        var wanted = Math.Min(_topK, classes.shape[1]);
        _predictions.Send(new Prediction(first.Step, first.MicroBatch, scores.narrow(1, 0, wanted).contiguous(), classes.narrow(1, 0, wanted).contiguous(), first.Labels));
        if (first.MicroBatch == first.Plan.MicroBatches - 1)
        {
            var n = Math.Max(1, _samples);
            _reports.Send(new EvaluationReport(first.Step, 0, _samples, _top1 / (double)n, _top5 / (double)n, _loss / n));
            (_samples, _top1, _top5, _loss) = (0, 0, 0, 0);
        }
    }
}
