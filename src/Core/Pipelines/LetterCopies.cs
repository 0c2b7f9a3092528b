using System.Runtime.InteropServices;

namespace ActorStreams.Core.Pipelines;

/// <summary>Tells, within an epoch, the first letter of a row and reason from its copies: a row that is late at two operators is one
/// letter.</summary>
/// <remarks>
/// A row is known by its position in the source. Where that is not known, by its text and time: of equal letters as many stay as one
/// operator has sent. Several rows that one operator has made of one record of the source are several letters.
/// </remarks>
internal sealed class LetterCopies
{
    /// <summary>Past this many rows in an epoch, copies are not looked for any more: there are too many letters anyway.</summary>
    private const int MaxRows = 200_000;

    private readonly Dictionary<(string Where, long At, string Reason), Seen> _seen = [];

    public void Clear() => _seen.Clear();

    public bool IsCopy(DeadLetter letter)
    {
        bool isPlaced = letter.Offset >= 0 && letter.Partition.Length > 0;
        (string, long, string) row = isPlaced ? (letter.Partition, letter.Offset, ReasonOf(letter.Error))
            : (letter.Payload, letter.Time, ReasonOf(letter.Error));
        ref Seen? seen = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, row, out bool isKnown);
        if (!isKnown)
        {
            seen = new Seen(letter);
            if (_seen.Count > MaxRows)
                _seen.Clear();
            return false;
        }

        if (isPlaced && seen!.First.Operator == letter.Operator && seen.First.Time == letter.Time && seen.First.Payload == letter.Payload)
            return true;   // the same row once more, from another of its windows
        int count = seen!.CountOf(letter.Operator);
        if (count <= seen.Kept)
            return true;
        seen.Kept = count;
        return false;
    }

    /// <summary>What went wrong, without what differs from one operator to the next: watermarks do.</summary>
    private static string ReasonOf(string error) => error.StartsWith("Late:", StringComparison.Ordinal) ? "Late" : error;

    private sealed class Seen(DeadLetter first)
    {
        private readonly Dictionary<string, int> _byOperator = new(StringComparer.Ordinal) { [first.Operator] = 1 };

        public DeadLetter First { get; } = first;

        public int Kept { get; set; } = 1;

        public int CountOf(string operatorName) => _byOperator[operatorName] = _byOperator.GetValueOrDefault(operatorName) + 1;
    }
}
