// The best candidates of one row so far, kept sorted.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// A view of L scores and L ids in the caller's memory, best first. Candidates are ordered by score, equal ones by id: the content does not depend on the order in which they came. An empty
/// place has score -infinity and id int.MaxValue.
/// </summary>
internal readonly unsafe struct NearestList(float* scores, int* ids, int length)
{
    public const int None = int.MaxValue;

    /// <summary>A candidate with a lower score has no chance.</summary>
    public float Worst => scores[length - 1];

    public float* Scores => scores;

    public int* Ids => ids;

    public void Clear()
    {
        new Span<float>(scores, length).Fill(float.NegativeInfinity);
        new Span<int>(ids, length).Fill(None);
    }

    /// <summary>Takes in a candidate that is not in the list; false where it is worse than all.</summary>
    public bool Add(float score, int id)
    {
        var place = length - 1;
        if (score < scores[place] || (score == scores[place] && id >= ids[place]))
        {
            return false;
        }

        for (; place > 0 && (score > scores[place - 1] || (score == scores[place - 1] && id < ids[place - 1])); place--)
        {
            scores[place] = scores[place - 1];
            ids[place] = ids[place - 1];
        }

        scores[place] = score;
        ids[place] = id;
        return true;
    }
}
