// The state of one approximate build: two tables of ids that take turns.
using XClassFlow.Data.Randomness;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Owns the working lists and the parts until it is disposed. While parts are searched, the second table holds scores.</summary>
internal sealed unsafe class ApproximateRun : IDisposable
{
    private const int Block = 4096;

    private readonly IUnitRows _rows;
    private readonly ApproximateGraphSettings _settings;
    private readonly ApproximatePlan _plan;
    private readonly WorkerTeam _team;
    private readonly BuildClock _clock;
    private readonly int _length;
    private readonly GraphRecall _truth;
    private readonly List<(string Step, double Seconds, double Recall)> _steps = [];
    private NativeBuffer<int> _ids;
    private NativeBuffer<int>? _next;
    private Parts? _parts;
    private NativeBuffer<int>? _order;
    private int _rounds;

    public ApproximateRun(IUnitRows rows, ApproximateGraphSettings settings, ApproximatePlan plan, WorkerTeam team, IProgress<GraphProgress>? progress)
    {
        _rows = rows;
        _settings = settings;
        _plan = plan;
        _team = team;
        _clock = new BuildClock(progress);
        _length = settings.Length;
        _clock.Begin("sampling the truth", 1);
        _truth = new GraphRecall(rows, settings.K, settings.Sample, settings.Seed, team);
        _ids = new NativeBuffer<int>(rows.Count * _length);
    }

    /// <summary>On the sample, after the last step.</summary>
    public double Recall => _steps[^1].Recall;

    /// <summary>Steps 2 to 4 of Binary Distributed Graph.</summary>
    public void SearchParts()
    {
        if (_length == 0)
        {
            _steps.Add(("parts", _clock.Seconds, 1));
            return;
        }

        _clock.Begin("finding the parts", 1);
        var division = PartDivision.Find(_rows, _settings, _plan, _truth, _team);
        using (division.Tree)
        {
            _steps.Add(($"{division.Tree.Count} parts, {division.PartsPerClass} of them per class: forecast", _clock.Seconds, division.Forecast ?? double.NaN));
            _parts = Parts.Assign(_rows, division.Tree, division.PartsPerClass, _team, _clock);
        }

        using (var scores = new NativeBuffer<float>(_rows.Count * _length))
        {
            var lists = new NativeLists(scores, _ids, _length);
            lists.Clear(_team);
            PartSearch.Run(_rows, _parts, division.MaxKeys, lists, _team, _clock);
        }

        _parts.ForgetGuests();
        FillUp();
        Mark(int.MinValue);
        Measure("parts");
    }

    /// <summary>Begins with the lists of another graph.</summary>
    public void TakeUp(NeighbourTable old)
    {
        _team.RunBlocks(_rows.Count, Block, (start, count, _) =>
        {
            for (var i = start; i < start + count; i++)
            {
                old.Of(i)[1..].CopyTo(_ids.Span(i * _length, _length));
            }
        });
        Mark(int.MinValue);
        Measure("old graph");
    }

    /// <summary>Step 5: one round.</summary>
    public void Propagate(PropagationReach reach)
    {
        if (_length == 0)
        {
            return;
        }

        _clock.Begin($"propagation {++_rounds}", _rows.Count);
        _next ??= new NativeBuffer<int>(_ids.Length);
        using (var reverse = reach.Reverse > 0 ? new ReverseLists(_rows.Count, reach.Reverse) : null)
        using (var propagation = new Propagation(_rows, _length, reach, _team))
        {
            reverse?.Fill(_ids, _length, _team);
            propagation.Round(_ids, _next, reverse, _parts?.Order ?? (_order ??= NeighbourOrder.Of(_ids, _length)), _clock);
        }

        (_ids, _next) = (_next, _ids);
        Measure($"round {_rounds}");
    }

    /// <summary>The graph; the caller owns it.</summary>
    public GraphBuild Finish()
    {
        _next?.Dispose();
        _next = null;
        var table = new NeighbourTable(0, _rows.Count, _settings.K);
        Graph.Finish.Write(_ids, _length, table, _team);
        return new GraphBuild(table, Recall, _clock.Seconds, _steps);
    }

    public void Dispose()
    {
        _ids.Dispose();
        _next?.Dispose();
        _parts?.Dispose();
        _order?.Dispose();
    }

    private void Measure(string step) => _steps.Add((
        step,
        _clock.Seconds,
        _truth.Of(c => Array.ConvertAll(_ids.Span((long)c * _length, _length).ToArray(), id => id & int.MaxValue))));

    private void Mark(int mark) => _team.RunBlocks(_ids.Length, 1 << 16, (start, count, _) =>
    {
        foreach (ref var id in _ids.Span(start, count))
        {
            id |= mark;
        }
    });

    // Rows of a small part have met fewer others than a list holds: strangers take the places until propagation finds better ones.
    private void FillUp()
    {
        using var scores = new Scratch<float>(_team.Threads, 2 * _length);
        using var queries = new Scratch<float>(_team.Threads, _rows.Width);
        using var ids = new Scratch<int>(_team.Threads, _length);
        _team.RunBlocks(_rows.Count, Block, (start, count, worker) =>
        {
            for (var row = start; row < start + count; row++)
            {
                var list = _ids.Span(row * _length, _length);
                var missing = list.IndexOf(NearestList.None);
                if (missing >= 0)
                {
                    AddStrangers(row, list, missing);
                    _rows.Gather([(int)row], queries.Of(worker));
                    _rows.Dots(queries.Of(worker), list, scores.Of(worker));
                    var sorted = new NearestList(scores.Of(worker) + _length, ids.Of(worker), _length);
                    sorted.Clear();
                    for (var i = 0; i < _length; i++)
                    {
                        sorted.Add(scores.Of(worker)[i], list[i]);
                    }

                    new Span<int>(sorted.Ids, _length).CopyTo(list);
                }
            }
        });
    }

    private void AddStrangers(long row, Span<int> list, int place)
    {
        for (var draw = 0UL; place < _length; draw++)
        {
            // After many draws by chance every row comes in turn: there are at least as many as places.
            var id = draw < (ulong)(8 * _length)
                ? (int)Math.BigMul(SplitMix64.Derive(_settings.Seed, (ulong)row, draw), (ulong)_rows.Count, out _)
                : (int)((row + 1 + (long)draw) % _rows.Count);
            if (id != row && !list[..place].Contains(id))
            {
                list[place++] = id;
            }
        }
    }
}
