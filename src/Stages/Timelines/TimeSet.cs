// Sets of moments, as sorted spans that do not touch.
namespace XClassFlow.Stages.Timelines;

/// <summary>A union of spans of time, in ticks.</summary>
internal sealed class TimeSet
{
    private readonly List<(long Begin, long End)> _spans = [];

    /// <param name="spans">Spans in any order; they may overlap.</param>
    /// <param name="begin">What lies before is cut off.</param>
    /// <param name="end">What lies behind is cut off.</param>
    public TimeSet(IEnumerable<(long Begin, long End)> spans, long begin, long end)
    {
        foreach (var (b, e) in spans.Select(s => (Begin: Math.Max(s.Begin, begin), End: Math.Min(s.End, end))).Where(s => s.Begin < s.End).Order())
        {
            if (_spans.Count > 0 && b <= _spans[^1].End)
            {
                _spans[^1] = (_spans[^1].Begin, Math.Max(_spans[^1].End, e));
            }
            else
            {
                _spans.Add((b, e));
            }
        }
    }

    /// <summary>Ticks in the set.</summary>
    public long Length => _spans.Sum(s => s.End - s.Begin);

    /// <summary>Ticks of this set that are not in another one.</summary>
    public long LengthWithout(TimeSet other) => Length - LengthWith(other);

    private long LengthWith(TimeSet other)
    {
        var (common, i, j) = (0L, 0, 0);
        while (i < _spans.Count && j < other._spans.Count)
        {
            var (a, b) = (_spans[i], other._spans[j]);
            common += Math.Max(0, Math.Min(a.End, b.End) - Math.Max(a.Begin, b.Begin));
            _ = a.End < b.End ? i++ : j++;
        }

        return common;
    }
}
