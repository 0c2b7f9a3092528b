using ActorStreams.Operators.Stateless;

namespace ActorStreams;

/// <summary>Rows parted by their content.</summary>
public static class BranchOperator
{
    /// <summary>Parts the rows in two: <c>var (errors, others) = stream.Branch(isError)</c>. Every row is in exactly one of them.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="predicate">Whether a row goes to the first of the two. If it throws, the error policy decides.</param>
    /// <param name="name">The operator's name in plans and errors; made up if null.</param>
    /// <param name="errors">What becomes of a row on which <paramref name="predicate"/> throws; null: as the job's options say.</param>
    /// <returns>T → T, the rows for which the predicate holds, and all others; each in the order of the input, at their own event
    /// times.</returns>
    public static (Stream<T> Matching, Stream<T> Others) Branch<T>(
        this Stream<T> source, Func<T, bool> predicate, string? name = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        Branches<T> branches = Add(source, name, errors, [("matching", predicate)]);
        return (branches["matching"], branches.Otherwise);
    }

    /// <summary>Parts the rows among named branches: each goes to the first one whose predicate holds, or else to
    /// <see cref="Branches{T}.Otherwise"/>.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="branches">
    /// In order: a name (letters, digits, <c>-</c>, <c>_</c>), unique in the operator, and whether a row belongs there. If a predicate
    /// throws, the error policy of the job decides about the row.
    /// </param>
    /// <returns>T → T, the branches by name; each in the order of the input, at their own event times. A branch that nobody reads is
    /// dropped.</returns>
    /// <exception cref="PipelineException">Two branches have the same name, or a name is not allowed.</exception>
    public static Branches<T> Branch<T>(this Stream<T> source, params (string Name, Func<T, bool> Predicate)[] branches) =>
        Add(source, null, null, branches);

    private static Branches<T> Add<T>(Stream<T> source, string? name, ErrorPolicy? errors,
        (string Name, Func<T, bool> Predicate)[] branches)
    {
        ArgumentNullException.ThrowIfNull(branches);
        var byName = new Dictionary<string, Stream<T>>(StringComparer.Ordinal);
        var node = new BranchNode<T>(name ?? source.Pipeline.NameFor("branch"), source.Node,
            [.. branches.Select(branch => branch.Predicate)])
        { Errors = errors };
        Stream<T> otherwise = source.Add(node);
        foreach ((string branch, Func<T, bool> predicate) in branches)
        {
            ArgumentNullException.ThrowIfNull(predicate, nameof(branches));
            var side = new SideNode<T>($"{node.Name}-{branch}", node, passesOn: true);
            node.Sides.Add(side);
            byName.Add(branch, source.Add(side));
        }

        return new Branches<T>(source.Pipeline.Name, node.Name, byName, otherwise);
    }
}

/// <summary>The outputs of a branching, by name.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class Branches<T>
{
    private readonly string _pipeline;
    private readonly string _name;
    private readonly Dictionary<string, Stream<T>> _streams;

    internal Branches(string pipeline, string name, Dictionary<string, Stream<T>> streams, Stream<T> otherwise) =>
        (_pipeline, _name, _streams, Otherwise) = (pipeline, name, streams, otherwise);

    /// <summary>The rows that belong to no branch.</summary>
    public Stream<T> Otherwise { get; }

    /// <summary>The rows of a branch.</summary>
    /// <exception cref="PipelineException">There is no such branch; the message names those there are.</exception>
    public Stream<T> this[string branch] => _streams.TryGetValue(branch, out Stream<T>? stream)
        ? stream
        : throw new PipelineException(
            $"Pipeline '{_pipeline}', operator '{_name}' has no branch '{branch}'. It has {string.Join(", ", _streams.Keys.Select(name => $"'{name}'"))} " +
            $"and {nameof(Otherwise)}.");
}

/// <summary>Its own output is what belongs nowhere else; each branch is a side output.</summary>
internal sealed class BranchNode<T>(string name, StreamNode<T> input, Func<T, bool>[] predicates)
    : OperatorNode<T, T>(name, "branch", input)
{
    public List<SideNode<T>> Sides { get; } = [];

    public override string Detail => $"{string.Join(", ", Sides.Select(side => side.Name))}, otherwise {Name}";

    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => Inputs;

    public override Receiver<T> Attach(StageBuild build)
    {
        RowBuffer<T>[] outputs =
        [
            .. Sides.Select(side => build.Downstream(side)).Append(build.Downstream(this))
                .Select(receiver => new RowBuffer<T>(build.Context, receiver, build.WithPositions)),
        ];
        Receiver<T>[] receivers = [.. outputs.Select(output => output.Output)];
        return new Branch<T>(predicates, outputs, new Broadcast<T>(receivers), build.ErrorsOf(this));
    }
}

internal sealed class Branch<T>(Func<T, bool>[] predicates, RowBuffer<T>[] outputs, Receiver<T> everyOutput, OperatorErrors errors)
    : Receiver<T>
{
    public override void OnChunk(in Chunk<T> chunk)
    {
        ReadOnlySpan<T> rows = chunk.Rows;
        foreach (RowBuffer<T> output in outputs)
            output.SourceWatermark = chunk.SourceWatermark;
        for (int row = 0; row < rows.Length; row++)
        {
            int branch = 0;
            try
            {
                while (branch < predicates.Length && !predicates[branch](rows[row]))
                    branch++;
            }
            catch (Exception error)
            {
                errors.OnRow(error, rows[row], chunk.Times[row], chunk.PositionOf(row));
                continue;
            }

            outputs[branch].Add(rows[row], chunk.Times[row], chunk.PositionOf(row));
        }

        foreach (RowBuffer<T> output in outputs)
            output.SendAnyway();
    }

    public override void OnWatermark(long watermark) => everyOutput.OnWatermark(watermark);
}
