// Decodes and augments samples: the one place where many workers fan out over items, in order (System.Threading.Tasks.Dataflow).
using System.Threading.Tasks.Dataflow;
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// Fills a micro-batch's tensor slice by slice on worker threads; the workers write bytes and call no tensor library. Micro-batches leave in the order they
/// came. A sample's augmentation depends on the run's seed, its epoch and its index only.
/// </summary>
public sealed class Preprocess : Stage
{
    private const int SliceSamples = 16;

    private readonly IDataSet? _training;
    private readonly IDataSet? _heldOut;
    private readonly PreprocessSettings _settings;
    private readonly Queue<DecodedBatch> _batches = [];
    private readonly Outlet<InputBatch> _inputs;
    private ActionBlock<(DecodedBatch Batch, int From, int To)>? _workers;

    /// <param name="training">Training samples; null where only evaluated.</param>
    /// <param name="heldOut">Samples to evaluate on; null without evaluation.</param>
    /// <param name="settings">Settings.</param>
    public Preprocess(IDataSet? training, IDataSet? heldOut, PreprocessSettings settings)
    {
        _training = training;
        _heldOut = heldOut;
        _settings = settings;
        In<SampleBatch>("samples", OnSamples, _ => _batches.Count < settings.Prefetch);
        _inputs = Out<InputBatch>("inputs");
    }

    public override bool CanProduce => _batches.TryPeek(out var batch) && batch.IsDone;

    public override bool IsFinished => _batches.Count == 0;

    public override bool WorksOutside => _batches.Count > 0;

    public override void Start()
    {
        var workers = _settings.Workers > 0 ? _settings.Workers : Environment.ProcessorCount;
        _workers = new ActionBlock<(DecodedBatch Batch, int From, int To)>(
            slice => slice.Batch.Decode(slice.From, slice.To),
            new ExecutionDataflowBlockOptions { MaxDegreeOfParallelism = workers, BoundedCapacity = DataflowBlockOptions.Unbounded, EnsureOrdered = false });
    }

    public override void Produce()
    {
        var batch = _batches.Dequeue();
        batch.ThrowIfFailed();
        if (batch.NotFinite is { } sample)
        {
            Refuse(batch.Samples.Plan, sample);
        }

        _inputs.Send(new InputBatch(batch.Samples.Step, batch.Samples.MicroBatch, batch.Samples.Plan, batch.Values, tensor(batch.Samples.Labels)));
    }

    protected override void Dispose(bool disposing)
    {
        // A worker may still write into a batch: its memory must outlive the workers.
        _workers?.Complete();
        SpinWait.SpinUntil(() => _workers is null || _workers.Completion.IsCompleted);
        foreach (var batch in _batches)
        {
            batch.Values.Dispose();
        }

        base.Dispose(disposing);
    }

    // A guard leaves the step out, and a run of days is not lost to a row; without one, and in an evaluation, which counts every sample, the row must be mended.
    private void Refuse(StepPlan plan, long sample)
    {
        var train = plan.Phase == StepPhase.Train;
        var place = (train ? _training : _heldOut)!.PlaceOf(sample);
        if (!plan.Guarded)
        {
            throw new UserErrorException("a feature is NaN or infinite", place, train ? "leave the row out, or set guard.enabled = on, which leaves out the step" : "leave the row out");
        }

        Context.Note($"{place}: a feature is NaN or infinite; step {plan.Step + 1} will be left out");
    }

    private void OnSamples(SampleBatch samples)
    {
        var train = samples.Plan.Phase == StepPhase.Train;
        var data = (train ? _training : _heldOut)!;
        var batch = new DecodedBatch(samples, data, train ? _training!.Count : 0, _settings.Augment, Context.RunSeed, SliceSamples, Context.Wake);
        Keep(batch.Values);
        _batches.Enqueue(batch);
        for (var from = 0; from < samples.Samples.Length; from += SliceSamples)
        {
            // The queue is bounded by `prefetch` micro-batches, so the block itself is not.
            if (!_workers!.SendAsync((batch, from, Math.Min(from + SliceSamples, samples.Samples.Length))).IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("the decoding workers have stopped");
            }
        }
    }
}
