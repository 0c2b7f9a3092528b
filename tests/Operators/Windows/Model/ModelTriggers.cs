using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Windows.Model;

/// <summary>What a model trigger may look at.</summary>
public readonly record struct Now(Window Window, long Progress, long Expiry, long Clock, bool Merges)
{
    public bool IsComplete => Progress >= Window.End;

    public bool IsExpired => Progress >= Expiry;
}

/// <summary>A trigger as an object per key and window, asked after every row: slow and obvious.</summary>
public abstract class ModelTrigger
{
    public bool Done { get; protected set; }

    public abstract ModelTrigger Fresh();

    public virtual void OnRow(Now now, long time)
    {
    }

    public abstract bool Ready(Now now);

    public abstract void Fire(Now now);

    public virtual void Clear()
    {
    }

    public virtual void Reset()
    {
        Done = false;
        Clear();
    }

    /// <summary>Whether time alone asks for it to be asked.</summary>
    public virtual bool Due(Now now, bool byClock) => false;

    public virtual bool ShowsAgain(Now now) => false;

    /// <summary>Takes over what the parts (triggers of the same shape) know; called on a fresh one.</summary>
    public abstract void Merge(IReadOnlyList<ModelTrigger> parts, Now now);
}

public sealed class ModelDefault : ModelTrigger
{
    public override ModelTrigger Fresh() => new ModelDefault();

    public override bool Ready(Now now) => now.IsComplete;

    public override void Fire(Now now)
    {
    }

    public override void Merge(IReadOnlyList<ModelTrigger> parts, Now now)
    {
    }
}

public sealed class ModelAtExpiry : ModelTrigger
{
    public override ModelTrigger Fresh() => new ModelAtExpiry();

    public override bool Ready(Now now) => now.IsExpired;

    public override void Fire(Now now) => Done = true;

    public override void Merge(IReadOnlyList<ModelTrigger> parts, Now now) => Done = now.IsExpired && parts.All(part => part.Done);
}

public sealed class ModelWatermark(ModelTrigger? early, ModelTrigger? late) : ModelTrigger
{
    private readonly ModelTrigger? _early = early?.Fresh();
    private readonly ModelTrigger? _late = late?.Fresh();
    private bool _past;

    private ModelTrigger? Active => _past ? _late : _early;

    public override ModelTrigger Fresh() => new ModelWatermark(early, late);

    public override void OnRow(Now now, long time) => Active?.OnRow(now, time);

    public override bool Ready(Now now) => (!_past && now.IsComplete) || (Active?.Ready(now) ?? false);

    public override void Fire(Now now)
    {
        if (!_past && now.IsComplete)
        {
            _past = true;
            _early?.Reset();
            _late?.Reset();
            Done = _late is null;
            return;
        }

        ModelTrigger active = Active!;
        active.Fire(now);
        if (active.Done)
            active.Reset();
    }

    public override void Clear()
    {
        _early?.Clear();
        _late?.Clear();
    }

    public override void Reset()
    {
        (Done, _past) = (false, false);
        _early?.Reset();
        _late?.Reset();
    }

    public override bool Due(Now now, bool byClock) => Active?.Due(now, byClock) ?? false;

    public override bool ShowsAgain(Now now) => Active?.ShowsAgain(now) ?? false;

    public override void Merge(IReadOnlyList<ModelTrigger> parts, Now now)
    {
        ModelWatermark[] same = [.. parts.Cast<ModelWatermark>()];
        _past = now.IsComplete && same.All(part => part._past);
        Done = _past && _late is null;
        if (_past)
            _late?.Merge([.. same.Select(part => part._late!)], now);
        else
            _early?.Merge([.. same.Select(part => part._early!)], now);
    }
}

public sealed class ModelCount(int wanted) : ModelTrigger
{
    private long _count;

    public override ModelTrigger Fresh() => new ModelCount(wanted);

    public override void OnRow(Now now, long time) => _count++;

    public override bool Ready(Now now) => _count >= wanted;

    public override void Fire(Now now) => (_count, Done) = (0, true);

    public override void Clear() => _count = 0;

    public override void Merge(IReadOnlyList<ModelTrigger> parts, Now now)
    {
        Done = parts.Any(part => part.Done);
        if (!Done)
            _count = parts.Sum(part => ((ModelCount)part)._count);
    }
}

public sealed class ModelDelay(long delay) : ModelTrigger
{
    private long? _deadline;

    public override ModelTrigger Fresh() => new ModelDelay(delay);

    public override void OnRow(Now now, long time)
    {
        if (!Done)
            _deadline ??= now.Clock + delay;
    }

    public override bool Ready(Now now) => now.Clock >= _deadline;

    public override bool Due(Now now, bool byClock) => byClock && Ready(now);

    public override void Fire(Now now) => (_deadline, Done) = (null, true);

    public override void Clear() => _deadline = null;

    public override void Merge(IReadOnlyList<ModelTrigger> parts, Now now)
    {
        Done = parts.All(part => part.Done);
        if (!Done)
            _deadline = parts.Min(part => ((ModelDelay)part)._deadline);
    }
}

public sealed class ModelContinuous(long interval, bool byClock) : ModelTrigger
{
    private long? _boundary;

    public override ModelTrigger Fresh() => new ModelContinuous(interval, byClock);

    public override void OnRow(Now now, long time)
    {
        long from = byClock ? now.Clock : time;
        _boundary ??= from - EventTime.FloorMod(from, interval) + interval;
    }

    public override bool Ready(Now now) => ShowsAgain(now) || (!byClock && now.IsComplete);

    public override bool ShowsAgain(Now now) => byClock ? now.Clock >= _boundary : now.Progress > _boundary;

    public override bool Due(Now now, bool asked) => asked == byClock && ShowsAgain(now) && (byClock || !now.IsComplete);

    public override void Fire(Now now)
    {
        while (now.Progress != EventTime.MaxValue && ShowsAgain(now))
            _boundary += interval;
    }

    public override void Clear() => _boundary = null;

    public override void Merge(IReadOnlyList<ModelTrigger> parts, Now now) =>
        _boundary = parts.Min(part => ((ModelContinuous)part)._boundary);
}

public enum Composite
{
    Repeatedly,
    Each,
    First,
    All,
    OrFinally,
}

public sealed class ModelComposite(Composite kind, ModelTrigger[] of) : ModelTrigger
{
    private readonly ModelTrigger[] _parts = [.. of.Select(part => part.Fresh())];

    private ModelTrigger? Current => Array.Find(_parts, part => !part.Done);

    public override ModelTrigger Fresh() => new ModelComposite(kind, of);

    public override void OnRow(Now now, long time)
    {
        foreach (ModelTrigger part in kind == Composite.Each && !now.Merges ? [Current!] : _parts)
            part.OnRow(now, time);
    }

    public override bool Ready(Now now) => kind switch
    {
        Composite.Each => Current?.Ready(now) ?? false,
        Composite.All => _parts.All(part => part.Done || part.Ready(now)),
        Composite.First => _parts.Any(part => !part.Done && part.Ready(now)),
        _ => _parts.Any(part => part.Ready(now)),
    };

    public override bool Due(Now now, bool byClock) => kind switch
    {
        Composite.Each => Current?.Due(now, byClock) ?? false,
        Composite.All => Ready(now) && _parts.Any(part => part.Due(now, byClock)),
        _ => _parts.Any(part => part.Due(now, byClock)),
    };

    public override bool ShowsAgain(Now now) =>
        kind == Composite.Each ? Current?.ShowsAgain(now) ?? false : _parts.Any(part => !part.Done && part.ShowsAgain(now));

    public override void Fire(Now now)
    {
        switch (kind)
        {
            case Composite.Repeatedly:
                _parts[0].Fire(now);
                if (_parts[0].Done)
                    _parts[0].Reset();
                break;
            case Composite.Each:
                ModelTrigger current = Current!;
                current.Fire(now);
                foreach (ModelTrigger other in _parts.Where(part => now.Merges && part != current))
                    other.Clear();
                Done = Current is null;
                break;
            case Composite.First:
                foreach (ModelTrigger part in _parts)
                {
                    if (!part.Done && part.Ready(now))
                        part.Fire(now);
                    else
                        part.Clear();
                }

                Done = true;
                break;
            case Composite.All:
                foreach (ModelTrigger part in _parts.Where(part => !part.Done))
                    part.Fire(now);
                Done = true;
                break;
            default:
                bool isLast = _parts[1].Ready(now);
                _parts[isLast ? 1 : 0].Fire(now);
                Done = isLast || _parts[0].Done;
                if (Done)
                    Clear();
                break;
        }
    }

    public override void Clear()
    {
        foreach (ModelTrigger part in _parts)
            part.Clear();
    }

    public override void Reset()
    {
        Done = false;
        foreach (ModelTrigger part in _parts)
            part.Reset();
    }

    public override void Merge(IReadOnlyList<ModelTrigger> parts, Now now)
    {
        ModelComposite[] same = [.. parts.Cast<ModelComposite>()];
        bool stays = now.IsComplete && same.All(part => part.Done);
        for (int i = 0; i < _parts.Length; i++)
        {
            int at = i;
            _parts[i].Merge([.. same.Select(part => part._parts[at])], now);
            if (kind == Composite.Each && !_parts[i].Done)
                return;
        }

        Done = kind switch
        {
            Composite.Repeatedly => stays,
            Composite.Each => true,
            Composite.All => stays || _parts.All(part => part.Done),
            _ => stays || _parts.Any(part => part.Done),
        };
    }
}
