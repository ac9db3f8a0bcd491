// The source of samples of one rank: turns plans into labels (for the selection) and sample references (for decoding).
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>
/// Reads no content: labels and the order of the samples are enough to send. Positions count over all epochs, so batches cross the border between epochs and
/// every epoch visits every sample once over all ranks; a resumed run goes on at any position.
/// </summary>
public sealed class Loader : Stage
{
    private readonly IDataSet? _training;
    private readonly EpochShuffle? _order;
    private readonly IDataSet? _heldOut;
    private readonly int _rank;
    private readonly int _ranks;
    private readonly Outlet<StepLabels> _labels;
    private readonly Outlet<SampleBatch> _samples;

    /// <param name="training">Training samples; null where only evaluated.</param>
    /// <param name="order">Their order over the epochs.</param>
    /// <param name="heldOut">Samples to evaluate on, in their own order; null without evaluation.</param>
    /// <param name="rank">This rank.</param>
    /// <param name="ranks">R.</param>
    public Loader(IDataSet? training, EpochShuffle? order, IDataSet? heldOut, int rank, int ranks)
    {
        _training = training;
        _order = order;
        _heldOut = heldOut;
        _rank = rank;
        _ranks = ranks;
        In<PlanMessage>("plans", OnPlan);
        _labels = Out<StepLabels>("labels");
        _samples = Out<SampleBatch>("samples");
    }

    private void OnPlan(PlanMessage message)
    {
        var plan = message.Plan;
        var batches = Enumerable.Range(0, plan.MicroBatches).Select(m => References(plan, m)).ToArray();
        if (plan.Phase == StepPhase.Train)
        {
            _labels.Send(new StepLabels(plan.Step, 0, plan, [.. batches.SelectMany(b => b.Labels)]));
        }

        foreach (var batch in batches)
        {
            _samples.Send(batch);
        }
    }

    private SampleBatch References(StepPlan plan, int microBatch)
    {
        var (offset, count) = BatchSlices.Of(plan.GlobalBatch, plan.MicroBatches, microBatch, _ranks, _rank);
        var train = plan.Phase == StepPhase.Train;
        var data = (train ? _training : _heldOut) ?? throw new InvalidOperationException($"no samples for {plan.Phase}");
        var positions = new long[count];
        var samples = new long[count];
        var labels = new long[count];
        for (var i = 0; i < count; i++)
        {
            positions[i] = plan.FirstSample + offset + i;
            samples[i] = train ? _order!.IndexAt(positions[i]) : positions[i];
            labels[i] = data.LabelOf(samples[i]);
        }

        return new SampleBatch(plan.Step, microBatch, plan, positions, samples, labels);
    }
}
