using ActorStreams.Operators.Patterns.Preference;
using ActorStreams.Sql.Values;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Planning;

/// <summary>A pattern written out as the steps of an automaton.</summary>
internal sealed class PatternProgram(IReadOnlyDictionary<string, int> variables)
{
    private const int MostSteps = 100_000;

    private readonly RowProgramBuilder _steps = new(MostSteps);

    /// <exception cref="SqlFault">It is too long (54000).</exception>
    public static RowProgram Of(RowPattern pattern, IReadOnlyDictionary<string, int> variables)
    {
        try
        {
            var program = new PatternProgram(variables);
            program.Add(pattern);
            return program._steps.Build();
        }
        catch (PipelineException error)
        {
            throw new SqlFault("54000", error.Message);
        }
    }

    private void Add(RowPattern pattern)
    {
        switch (pattern)
        {
            case VariablePattern variable:
                _steps.Row(variables[variable.Variable.Name]);
                break;
            case AnchorPattern anchor:
                _steps.Anchor(anchor.IsStart);
                break;
            case SequencePattern sequence:
                foreach (RowPattern part in sequence.Parts)
                    Add(part);
                break;
            case AlternationPattern alternation:
                Choose([.. alternation.Parts.Select(part => (Action)(() => Add(part)))]);
                break;
            case PermutePattern permute:
                Permute([.. permute.Parts]);
                break;
            case QuantifiedPattern quantified:
                Repeat(quantified);
                break;
            case ExclusionPattern exclusion:
                _steps.Exclude();
                Add(exclusion.Part);
                _steps.Include();
                break;
        }
    }

    /// <summary>One of several, an earlier one preferred.</summary>
    private void Choose(IReadOnlyList<Action> parts)
    {
        var ends = new List<int>();
        for (int at = 0; at < parts.Count - 1; at++)
        {
            int split = _steps.Split();
            parts[at]();
            ends.Add(_steps.Jump());
            _steps.Target(split, split + 1, _steps.Here);
        }

        parts[^1]();
        foreach (int end in ends)
            _steps.Target(end, _steps.Here);
    }

    /// <summary>All in any order: orders that begin alike share their beginning, which changes nothing of what is preferred.</summary>
    private void Permute(IReadOnlyList<RowPattern> parts)
    {
        if (parts.Count == 0)
            return;
        Choose([.. parts.Select((part, at) => (Action)(() =>
        {
            Add(part);
            Permute([.. parts.Take(at), .. parts.Skip(at + 1)]);
        }))]);
    }

    private void Repeat(QuantifiedPattern quantified)
    {
        for (int times = 0; times < quantified.Min; times++)
            Add(quantified.Part);
        if (quantified.Max is not { } most)
        {
            int loop = _steps.Split();
            Add(quantified.Part);
            _steps.Jump(loop);
            Enter(loop, quantified.IsReluctant, _steps.Here);
            return;
        }

        var splits = new List<int>();
        for (int times = quantified.Min; times < most; times++)
        {
            splits.Add(_steps.Split());
            Add(quantified.Part);
        }

        foreach (int split in splits)
            Enter(split, quantified.IsReluctant, _steps.Here);
    }

    private void Enter(int split, bool isReluctant, int behind)
    {
        if (isReluctant)
            _steps.Target(split, behind, split + 1);
        else
            _steps.Target(split, split + 1, behind);
    }
}
