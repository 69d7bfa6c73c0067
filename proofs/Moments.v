(* Location and scale: the mean and the variance are both fitted, as for the normal law, by two moments.

   scale_family     laws of one observation with mean m and variance v, for every m and every v >= 0
   fitted d s       mean and variance of the data s; the variance divides by n - d: d = 1 unbiased, d = 0 maximum likelihood
   replaced t       the law of the mean and variance of fit t under replacement
   pooled t         the same when all batches are kept

   Assumes: a mean m and a variance v >= 0 of one observation, for every m and v; more observations than ddof.
   Leaves out: the normal law itself, which has infinitely many outcomes; workflows other than replace and
     accumulate.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability Workflows ClosedForms.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Record scale_family (R : realType) := ScaleFamily {
  one : R -> R -> law R R;
  one_mean : forall m v, 0 <= v -> E (one m v) id = m;
  one_variance : forall m v, 0 <= v -> Var (one m v) id = v }.

Section Sample.
Variable R : realType.
Implicit Types (mu : law R R) (s : seq R) (n : nat).

(* The sum of squares about the mean of the data. *)
Definition scatter s : R := total (fun x => (x - average id s) ^+ 2) s.

Lemma scatter_moments s : (0 < size s)%N ->
  scatter s = total (fun x => x ^+ 2) s - (size s)%:R * average id s ^+ 2.
Proof.
move=> s0; have n0 : (size s)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have sum : total id s = (size s)%:R * average id s by rewrite /average mulrC divfK.
rewrite /scatter; move: (average id s) sum => m sum.
have -> : total (fun x => (x - m) ^+ 2) s =
    total (fun x => x ^+ 2) s - 2 * m * total id s + (size s)%:R * m ^+ 2.
  rewrite /total; elim: s {s0 n0 sum} => [|x s ih] /=; first by rewrite !big_nil; ring.
  by rewrite !big_cons ih -natr1; ring.
by rewrite sum; ring.
Qed.

Lemma scatter_ge0 s : 0 <= scatter s.
Proof. by rewrite /scatter /total sumr_ge0// => x _; exact: sqr_ge0. Qed.

(* n data have n - 1 degrees of freedom. *)
Lemma E_scatter n mu : (0 < n)%N -> E (iid n mu) scatter = (n%:R - 1) * Var mu id.
Proof.
move=> n0; have n1 : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite (E_surely (size_iid n mu) (g := fun s => total (fun x => x ^+ 2) s - n%:R * (average id s * average id s))).
  rewrite E_sub E_scale E_total E_average_average// Var_moments.
  rewrite (E_eq (f := fun x => id x * id x) (g := fun x => x ^+ 2)); last by move=> x; rewrite expr2.
  by field.
by move=> s sn; rewrite scatter_moments ?sn// expr2.
Qed.

End Sample.

Section Loop.
Variables (R : realType) (F : scale_family R) (mean variance d : R) (sizes : nat -> nat).
Hypothesis variance_ge0 : 0 <= variance.
Hypothesis sizes_gt0 : forall k, (0 < sizes k)%N.
Hypothesis spare : forall k, d < (sizes k)%:R.

Definition data n (s : R * R) : law R (seq R) := iid n (one F s.1 s.2).

Definition fitted (x : seq R) : R * R := (average id x, scatter x / ((size x)%:R - d)).

Fixpoint replaced t : law R (R * R) :=
  if t is t'.+1 then bind (replaced t') (fun s => image fitted (data (sizes t) s))
  else dirac R (mean, variance).

Lemma spare_gt0 k : 0 < (sizes k)%:R - d. Proof. by rewrite subr_gt0. Qed.

Lemma replaced_ge0 t : surely (replaced t) (fun s => 0 <= s.2).
Proof.
case: t => [|t]; first exact: surely_dirac.
apply: (@surely_bind _ _ _ _ _ (fun=> True)) => // s _; apply: surely_image.
apply: (surely_sub (size_iid _ _)) => x xn /=.
by rewrite divr_ge0 ?scatter_ge0// xn ltW// spare_gt0.
Qed.

Lemma E_replacedS t G : E (replaced t.+1) G = E (replaced t) (fun s => E (data (sizes t.+1) s) (fun x => G (fitted x))).
Proof. by rewrite /= E_bind; apply: E_eq => s; rewrite E_image. Qed.

Lemma next_variance k (s : R * R) : 0 <= s.2 ->
  E (data (sizes k) s) (fun x => (fitted x).2) = ((sizes k)%:R - 1) / ((sizes k)%:R - d) * s.2.
Proof.
move=> s2; rewrite /data (E_surely (size_iid _ _) (g := fun x => ((sizes k)%:R - d)^-1 * scatter x)).
  by rewrite E_scale E_scatter// one_variance//; ring.
by move=> x xn; rewrite /= xn mulrC.
Qed.

Lemma next_error k (s : R * R) : 0 <= s.2 ->
  E (data (sizes k) s) (fun x => ((fitted x).1 - mean) ^+ 2) = s.2 / (sizes k)%:R + (s.1 - mean) ^+ 2.
Proof.
by move=> s2; rewrite /data E_square_deviation Var_average// E_average// one_variance// one_mean.
Qed.

Theorem gaussian_replace_scheduled_variance_correct t :
  E (replaced t) snd = gaussian_replace_scheduled_variance (fun k => (sizes k)%:R) t d variance.
Proof.
rewrite /gaussian_replace_scheduled_variance; elim: t => [|t ih]; first by rewrite /= E_dirac big_geq// mulr1.
rewrite E_replacedS (E_surely (@replaced_ge0 t)
   (g := fun s => ((sizes t.+1)%:R - 1) / ((sizes t.+1)%:R - d) * s.2)) => [|s s2]; last exact: next_variance.
by rewrite E_scale ih prod_last; ring.
Qed.

Theorem gaussian_replace_scheduled_mean_error_correct t :
  E (replaced t) (fun s => (s.1 - mean) ^+ 2) =
  gaussian_replace_scheduled_mean_error (fun k => (sizes k)%:R) t d variance.
Proof.
rewrite /gaussian_replace_scheduled_mean_error; elim: t => [|t ih].
  by rewrite /= E_dirac big_geq// subrr expr0n.
rewrite E_replacedS (E_surely (@replaced_ge0 t)
   (g := fun s => (sizes t.+1)%:R^-1 * s.2 + (s.1 - mean) ^+ 2)) => [|s s2]; last by rewrite next_error// mulrC.
rewrite E_add E_scale ih sum_last subn1 /= gaussian_replace_scheduled_variance_correct.
by rewrite /gaussian_replace_scheduled_variance; ring.
Qed.

End Loop.

Section Constant.
Variables (R : realType) (F : scale_family R) (mean variance d : R) (n : nat).
Hypothesis variance_ge0 : 0 <= variance.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis spare : d < n%:R.

Local Notation run := (replaced F mean variance d (fun=> n)).

Theorem gaussian_replace_variance_correct t :
  E (run t) snd = gaussian_replace_variance n%:R t d variance.
Proof.
rewrite gaussian_replace_scheduled_variance_correct// /gaussian_replace_scheduled_variance.
by rewrite big_const_nat subn1 /= iter_mulr_1.
Qed.

Theorem location_scale_replace_variance_correct t :
  E (run t) snd = location_scale_replace_variance n%:R t d variance.
Proof. exact: gaussian_replace_variance_correct. Qed.

Theorem gaussian_replace_mean_error_correct t :
  E (run t) (fun s => (s.1 - mean) ^+ 2) = gaussian_replace_mean_error n%:R t d variance.
Proof.
rewrite gaussian_replace_scheduled_mean_error_correct// /gaussian_replace_scheduled_mean_error.
rewrite /gaussian_replace_mean_error mulr_sumr; apply: eq_bigr => k _.
by rewrite big_const_nat subn1 /= iter_mulr_1 mulrAC.
Qed.

Theorem location_scale_replace_mean_error_correct t :
  E (run t) (fun s => (s.1 - mean) ^+ 2) = location_scale_replace_mean_error n%:R t d variance.
Proof. exact: gaussian_replace_mean_error_correct. Qed.

End Constant.

Section Conservation.
Variables (R : realType) (F : scale_family R) (mean variance : R) (n : nat).
Hypothesis variance_ge0 : 0 <= variance.
Hypothesis n_gt0 : (0 < n)%N.

(* Maximum likelihood conserves the second moment about the true mean; Pools.v has it for every workflow. *)
Theorem second_moment_of_replacement t :
  E (replaced F mean variance 0 (fun=> n) t) (fun s => s.2 + (s.1 - mean) ^+ 2) = variance.
Proof.
have n0 : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
elim: t => [|t ih]; first by rewrite /= E_dirac subrr expr0n addr0.
have sp (k : nat) : (0 : R) < n%:R by rewrite ltr0n.
rewrite E_replacedS -[RHS]ih.
apply: (E_surely (@replaced_ge0 _ F mean variance 0 (fun=> n) variance_ge0 sp t)) => s s2.
rewrite E_add (@next_variance _ F 0 (fun=> n) (fun=> n_gt0) 0 s s2).
rewrite (@next_error _ F mean 0 (fun=> n) (fun=> n_gt0) 0 s s2) subr0.
by field.
Qed.

End Conservation.

Section Accumulate.
Variables (R : realType) (F : scale_family R) (mean variance d : R) (n : nat).
Hypothesis variance_ge0 : 0 <= variance.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis spare : d < n%:R.

Let n0 : 0 < n%:R :> R. Proof. by rewrite ltr0n. Qed.

(* The pool after one more batch: the sum of squares gains what the two means differ by. *)
Definition joined t (s : R * R) (x : seq R) : R * R :=
  let old := t%:R * n%:R in let new := t.+1%:R * n%:R in
  (s.1 + (average id x - s.1) / t.+1%:R,
   ((old - d) * s.2 + scatter x + old * n%:R / new * (average id x - s.1) ^+ 2) / (new - d)).

Fixpoint pooled t : law R (R * R) :=
  match t with
  | 0 => dirac R (mean, variance)
  | 1 => image (fitted d) (data F n (mean, variance))
  | t'.+1 => bind (pooled t') (fun s => image (joined t' s) (data F n s))
  end.

(* The pool of two batches is joined as one would join the data. *)
Lemma joined_is_pooling (x y : seq R) : size x = n -> size y = n ->
  joined 1 (fitted d x) y = fitted d (x ++ y).
Proof.
move=> xn yn; have s0 : (0 < size (x ++ y))%N by rewrite size_cat xn yn addn_gt0 n_gt0.
have nn := lt0r_neq0 n0; have nd : n%:R - d != 0 by rewrite lt0r_neq0// subr_gt0.
have avg : average id (x ++ y) = (average id x + average id y) / 2.
  rewrite /average size_cat xn yn /total big_cat /= natrD -/(total id x) -/(total id y).
  by field; rewrite nn; apply: lt0r_neq0; rewrite addr_gt0.
rewrite /joined /fitted /= avg !size_cat xn yn !scatter_moments ?xn ?yn// avg.
rewrite /total big_cat /= size_cat xn yn natrD -!/(total _ _); congr (_, _); first by field.
move: (total (fun _ => _) x) (total (fun _ => _) y) (average id x) (average id y) => a b p q.
have nnd : n%:R + n%:R - d != 0.
  by rewrite lt0r_neq0// subr_gt0 (lt_trans spare)// ltrDl.
rewrite !mul1r (_ : 2%:R * n%:R = n%:R + n%:R); last by ring.
congr (_ / _); field.
by rewrite ?nd ?nn ?(lt0r_neq0 (addr_gt0 n0 n0)) ?pnatr_eq0.
Qed.

Lemma pool_spare t : 0 < t.+1%:R * n%:R - d.
Proof.
rewrite subr_gt0; apply: (lt_le_trans spare); rewrite -[leLHS]mul1r ler_wpM2r ?(ltW n0)//.
by rewrite ler1n.
Qed.

Lemma pooled_ge0 t : surely (pooled t) (fun s => 0 <= s.2).
Proof.
elim: t => [|[|t] ih]; first exact: surely_dirac.
  apply: surely_image; apply: (surely_sub (size_iid _ _)) => x xn /=.
  by rewrite divr_ge0 ?scatter_ge0// xn subr_ge0 ltW.
apply: (surely_bind ih) => s s2; apply: surely_image; apply: surelyT => x /=.
have p1 := pool_spare t; have p2 := pool_spare t.+1.
rewrite divr_ge0 ?(ltW p2)// !addr_ge0 ?scatter_ge0//.
  by rewrite mulr_ge0// ltW.
by rewrite mulr_ge0 ?sqr_ge0// divr_ge0 ?mulr_ge0 ?ler0n.
Qed.

Lemma E_pooledS t G : E (pooled t.+2) G = E (pooled t.+1) (fun s => E (data F n s) (fun x => G (joined t.+1 s x))).
Proof. by rewrite /= E_bind; apply: E_eq => s; rewrite E_image. Qed.

Lemma pooled_variance_step t : E (pooled t.+2) snd =
  E (pooled t.+1) snd * (1 - 1 / (t.+2%:R * (n%:R * t.+2%:R - d))).
Proof.
have p1 := pool_spare t; have p2 := pool_spare t.+1; have nn := lt0r_neq0 n0.
pose a : R := t.+1%:R; have tS : t.+2%:R = a + 1 :> R by rewrite natr1.
have a0 : 0 < a by rewrite ltr0n.
rewrite E_pooledS mulrC -E_scale; apply: (E_surely (@pooled_ge0 t.+1)) => s s2.
rewrite /= (E_eq (g := fun x => (t.+2%:R * n%:R - d)^-1 * ((t.+1%:R * n%:R - d) * s.2 +
   (scatter x + t.+1%:R * n%:R * n%:R / (t.+2%:R * n%:R) * (average id x - s.1) ^+ 2)))); last first.
  by move=> x; rewrite [RHS]mulrC addrA.
rewrite E_scale E_add E_const E_add E_scatter// E_scale E_square_deviation Var_average// E_average//.
rewrite one_variance// one_mean// subrr expr0n addr0.
move: p1 p2; rewrite tS -/a => p1 p2; have p2' : n%:R * (a + 1) - d != 0 by rewrite mulrC lt0r_neq0.
have p3 : (a + 1) * n%:R - d != 0 by rewrite lt0r_neq0.
have a1 : a + 1 != 0 by rewrite lt0r_neq0// addr_gt0.
rewrite [n%:R * (a + 1)]mulrC; set D := _ - d in p3 *.
have -> : a * n%:R - d = D - n%:R by rewrite /D; ring.
clear p1 p2 p2'; clearbody D; clear tS; clearbody a.
by move: n%:R nn => y nn; field; rewrite ?nn ?a1 ?p3.
Qed.

Theorem gaussian_accumulate_variance_correct t :
  E (pooled t) snd = gaussian_accumulate_variance n%:R t d variance.
Proof.
rewrite /gaussian_accumulate_variance; case: t => [|t]; first by rewrite /= E_dirac.
rewrite /=; elim: t => [|t ih].
  rewrite big_geq// mulr1 /= E_image (@next_variance _ F d (fun=> n) (fun=> n_gt0) 0 (mean, variance))//=.
  by ring.
by rewrite pooled_variance_step ih [in RHS]big_nat_recr//=; ring.
Qed.

Theorem gaussian_accumulate_mean_error_correct t :
  E (pooled t) (fun s => (s.1 - mean) ^+ 2) = gaussian_accumulate_mean_error n%:R t d variance.
Proof.
rewrite /gaussian_accumulate_mean_error; case: t => [|t].
  by rewrite /= E_dirac big_geq// subrr expr0n mul0r.
elim: t => [|t ih].
  rewrite big_nat1 /= E_image (@next_error _ F mean d (fun=> n) (fun=> n_gt0) 0 (mean, variance))//=.
  by rewrite subrr expr0n addr0 expr1n divr1.
rewrite sum_last mulrDl -ih E_pooledS subn1 -[X in _ = _ + X / _ / _]/(gaussian_accumulate_variance n%:R t.+1 d variance).
rewrite -gaussian_accumulate_variance_correct.
rewrite (E_surely (@pooled_ge0 t.+1)
   (g := fun s => (s.1 - mean) ^+ 2 + (t.+2%:R ^+ 2 * n%:R)^-1 * s.2)) => [|s s2].
  by rewrite E_add E_scale invfM; ring.
have tt : t.+2%:R != 0 :> R by rewrite pnatr_eq0.
have nn := lt0r_neq0 n0.
rewrite /= (E_eq (g := fun x => (((s.1 - s.1 / t.+2%:R) - mean) + (t.+2%:R^-1) * average id x) ^+ 2)); last first.
  by move=> x; congr (_ ^+ 2); move: tt; move: t.+2%:R => k k0; field.
rewrite (_ : E _ _ = t.+2%:R^-1 ^+ 2 * (s.2 / n%:R) + (((s.1 - s.1 / t.+2%:R) - mean) + (t.+2%:R^-1) * s.1) ^+ 2).
  by move: tt nn; move: t.+2%:R n%:R => k y k0 y0; field; rewrite k0 y0.
by rewrite E_square Var_average// E_average// one_variance// one_mean.
Qed.

End Accumulate.
