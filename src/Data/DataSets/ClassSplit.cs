// Decides, sample by sample, which samples of each class are held out for testing.
namespace XClassFlow.Data.DataSets;

/// <summary>
/// Every k-th sample of a class is test: those with index in class k-1, 2k-1, ... (k = 4: 3, 7, 11, ...). Samples must be offered in the order
/// of the data set. Holds one counter a class; not thread-safe.
/// </summary>
public sealed class ClassSplit
{
    private readonly int _testEvery;
    private readonly int[] _seen;

    /// <param name="classes">Number of classes.</param>
    /// <param name="testEvery">k, at least 2; 0 means that nothing is held out.</param>
    public ClassSplit(long classes, int testEvery)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(testEvery);
        ArgumentOutOfRangeException.ThrowIfEqual(testEvery, 1);
        _testEvery = testEvery;
        _seen = testEvery == 0 ? [] : new int[classes];
    }

    /// <summary>Counts one more sample of a class and says whether it is a test sample.</summary>
    public bool NextIsTest(long label) => _testEvery != 0 && ++_seen[label] % _testEvery == 0;
}
