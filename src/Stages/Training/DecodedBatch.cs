// A micro-batch being decoded by several workers.
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Preparation;
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>The values of a micro-batch and how much of it is done. Workers call <see cref="Decode"/>; everything else belongs to the stage's thread.</summary>
internal sealed class DecodedBatch
{
    private readonly IDataSet _data;
    private readonly long _epochLength;
    private readonly ImageAugmenter? _augmenter;
    private readonly bool _augment;
    private readonly ulong _seed;
    private readonly Action _done;
    private readonly nint _address;
    private int _left;
    private long _notFinite = -1;
    private ExceptionDispatchInfo? _failure;

    /// <param name="samples">What to decode.</param>
    /// <param name="data">Where from; borrowed.</param>
    /// <param name="epochLength">Samples of an epoch; 0: no augmentation.</param>
    /// <param name="augment">Augmentation and normalisation.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="sliceSamples">Samples per call of <see cref="Decode"/>.</param>
    /// <param name="done">Called by the worker that finishes the batch.</param>
    public DecodedBatch(
        SampleBatch samples, IDataSet data, long epochLength, ImageAugmenter.Settings augment, ulong seed, int sliceSamples, Action done)
    {
        Samples = samples;
        _data = data;
        _epochLength = epochLength;
        _augment = epochLength > 0 && augment.Enabled;
        _seed = seed;
        _done = done;
        var (count, shape) = (samples.Samples.Length, data.Shape);
        _augmenter = shape.IsImage ? new ImageAugmenter(shape, augment) : null;
        Values = shape.IsImage
            ? empty(count, shape.Channels, shape.Height, shape.Width, ScalarType.Float32)
            : empty(count, shape.Length, ScalarType.Float32);
        _address = TensorMemory.AddressOf(Values);
        _left = (count + sliceSamples - 1) / sliceSamples;
    }

    public SampleBatch Samples { get; }

    /// <summary>float32 [b, C, H, W] or [b, F]; complete when <see cref="IsDone"/>.</summary>
    public Tensor Values { get; }

    public bool IsDone => Volatile.Read(ref _left) <= 0;

    /// <summary>A sample with a value that is no number; null where there is none. When several have one it is any of them.</summary>
    public long? NotFinite => Interlocked.Read(ref _notFinite) is >= 0 and var sample ? sample : null;

    public void Decode(int from, int to)
    {
        try
        {
            Span<byte> pixels = _data.Shape.IsImage ? new byte[_data.Shape.Length] : [];
            for (var i = from; i < to; i++)
            {
                DecodeSample(i, pixels);
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }

        if (Interlocked.Decrement(ref _left) == 0)
        {
            _done();
        }
    }

    public void ThrowIfFailed() => _failure?.Throw();

    private unsafe void DecodeSample(int i, Span<byte> pixels)
    {
        var length = _data.Shape.Length;
        var values = new Span<float>((float*)_address + ((long)i * length), length);
        var sample = Samples.Samples[i];
        if (_augmenter is null)
        {
            _data.ReadFeatures(sample, values);
            if (FiniteValues.FirstNotIn(MemoryMarshal.AsBytes(values), ElementType.Float32) >= 0)
            {
                Interlocked.CompareExchange(ref _notFinite, sample, -1);
            }

            return;
        }

        _data.ReadPixels(sample, pixels);
        if (_augment)
        {
            _augmenter.Augment(pixels, values, ImageAugmenter.SeedFor(_seed, Samples.Positions[i] / _epochLength, sample));
        }
        else
        {
            _augmenter.Normalize(pixels, values);
        }
    }
}
