// A shard's active rows of a step, and where a label stands among them.
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Active rows of one shard.</summary>
internal sealed class ActiveRows
{
    private readonly long _classStart;
    private readonly long _classCount;
    private readonly Dictionary<long, int>? _columns;

    private ActiveRows(RowSet rows, long classStart, long classCount, Dictionary<long, int>? columns, int certainRows, float[]? represents)
    {
        Rows = rows;
        _classStart = classStart;
        _classCount = classCount;
        _columns = columns;
        CertainRows = certainRows;
        Represents = represents;
        LogRepresents = represents is null ? null : Array.ConvertAll(represents, MathF.Log);
        Weight = certainRows + (represents?.Sum(r => (double)r) ?? Count - certainRows);
    }

    public RowSet Rows { get; }

    public int Count => Rows.Count;

    /// <summary>Rows from the front that stand for themselves only.</summary>
    public int CertainRows { get; }

    /// <summary>Classes that each of the other rows stands for, [Count - CertainRows]; null where they stand for themselves too.</summary>
    public float[]? Represents { get; }

    /// <summary>Their logarithms.</summary>
    public float[]? LogRepresents { get; }

    /// <summary>Classes that all the rows stand for.</summary>
    public double Weight { get; }

    /// <summary>Classes that a row stands for.</summary>
    public float WeightOf(int row) => row < CertainRows || Represents is null ? 1 : Represents[row - CertainRows];

    public static ActiveRows All(long classStart, long count) => new(RowSet.Range(0, (int)count), classStart, count, null, (int)count, null);

    /// <summary>The sets of a step, one for every group of samples.</summary>
    /// <param name="set">What was selected; borrowed.</param>
    /// <param name="classStart">First class of the shard.</param>
    /// <param name="classCount">Classes of the shard.</param>
    public static IReadOnlyList<ActiveRows> Of(ActiveSet set, long classStart, long classCount)
    {
        if (set.Rows is null)
        {
            return [All(classStart, classCount)];
        }

        var groups = new ActiveRows[set.RowCounts.Length];
        using var scope = NewDisposeScope();
        var all = set.Represents?.data<float>().ToArray();
        for (var (group, start, sampled) = (0, 0L, 0); group < groups.Length; start += set.RowCounts[group++])
        {
            var rows = set.Rows.narrow(0, start, set.RowCounts[group]);
            var represents = all?.AsSpan(sampled, set.RowCounts[group] - set.CertainRows[group]).ToArray();
            groups[group] = Of(classStart, classCount, rows, set.LabelRows[group], set.CertainRows[group], represents);
            sampled += set.RowCounts[group] - set.CertainRows[group];
        }

        return groups;
    }

    /// <param name="classStart">First class of the shard.</param>
    /// <param name="classCount">Classes of the shard.</param>
    /// <param name="rows">int64 [A] local rows, each once, the batch's labels first; borrowed for the call.</param>
    /// <param name="labelRows">How many are labels.</param>
    /// <param name="certainRows">How many stand for themselves.</param>
    /// <param name="represents">Classes that each other row stands for; null where they stand for themselves too.</param>
    public static ActiveRows Of(long classStart, long classCount, Tensor rows, int labelRows, int certainRows, float[]? represents)
    {
        var numbers = rows.data<long>().ToArray();
        var columns = new Dictionary<long, int>(labelRows);
        for (var i = 0; i < labelRows; i++)
        {
            columns[numbers[i]] = i;
        }

        return new ActiveRows(RowSet.Of(numbers), classStart, classCount, columns, certainRows, represents);
    }

    /// <summary>The column of each label among the active rows, -1 for labels that another shard owns.</summary>
    public int[] ColumnsOf(long[] labels) => Array.ConvertAll(labels, label =>
    {
        var row = label - _classStart;
        if (row < 0 || row >= _classCount)
        {
            return -1;
        }

        if (_columns is null)
        {
            return (int)row;
        }

        return _columns.TryGetValue(row, out var column)
            ? column
            : throw new InvalidOperationException($"class {label} is a label of the batch but not active; labels must be part of every selection");
    });
}
