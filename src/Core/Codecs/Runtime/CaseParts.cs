namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Writes one case of a closed set.</summary>
internal abstract class CaseWriter<TBase>
{
    public abstract Type Type { get; }

    public abstract void Write(BlobWriter writer, TBase value);
}

/// <summary>Writes one case of a closed set.</summary>
internal sealed class CaseWriter<TBase, TCase>(ValueWriter<TCase> fields) : CaseWriter<TBase>
    where TCase : TBase
{
    public override Type Type => typeof(TCase);

    public override void Write(BlobWriter writer, TBase value) => fields.Write(writer, (TCase)value!);
}

/// <summary>Reads one case of a closed set.</summary>
internal abstract class CaseReader<TBase>
{
    public abstract TBase Read(ref BlobReader reader);
}

/// <summary>Reads one case of a closed set.</summary>
internal sealed class CaseReader<TBase, TCase>(ValueReader<TCase> fields) : CaseReader<TBase>
    where TCase : TBase
{
    public override TBase Read(ref BlobReader reader) => fields.Read(ref reader);
}

/// <summary>Writes the number of a value's case + 1, then the case; 0 is null.</summary>
internal sealed class UnionWriter<TBase>(CaseWriter<TBase>[] cases) : ValueWriter<TBase?>
    where TBase : class
{
    public override void Write(BlobWriter writer, in TBase? value)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }

        Type type = value.GetType();
        for (int number = 0; number < cases.Length; number++)
        {
            if (cases[number].Type != type)
                continue;
            writer.WriteVarint((uint)number + 1);
            cases[number].Write(writer, value);
            return;
        }

        throw new CodecException(
            $"An object of type '{TypeName.Of(type)}' cannot be stored as '{TypeName.Of(typeof(TBase))}': [StoredCases] of '{TypeName.Of(typeof(TBase))}' does not list it. Add it there.");
    }
}

/// <summary>Reads a case by the number it had when it was written.</summary>
internal sealed class UnionReader<TBase>(CaseReader<TBase>[] cases) : ValueReader<TBase?>
    where TBase : class
{
    public override TBase? Read(ref BlobReader reader)
    {
        uint number = reader.ReadVarint();
        if (number == 0)
            return null;
        return number <= (uint)cases.Length
            ? cases[number - 1].Read(ref reader)
            : throw new CodecException(
                $"Stored data is damaged: case {number} of '{TypeName.Of(typeof(TBase))}', which had {cases.Length} cases.");
    }
}
